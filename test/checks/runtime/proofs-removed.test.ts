import { expect, test } from 'vitest';
import { proofsRemoved } from '../../../src/checks/runtime/proofs-removed.ts';
import type { CriAnswer } from '../../../src/facts/cri.ts';
import { desiredNode } from '../../desired.ts';

const answer = (over: object): CriAnswer => ({
  ...{ answered: true, runtimeName: 'containerd', runtimeVersion: '1.7.24', conditions: [], config: undefined },
  ...{ cgroupDriver: null, handlers: [], sandboxes: 0, ...over },
});
const judge = (...answers: readonly CriAnswer[]) =>
  proofsRemoved.evaluate({ cri: Object.fromEntries(answers.map((one, i) => [`/run/${i}.sock`, one])) }, desiredNode());

test.each([
  ['no runtime', []],
  ['a runtime without any', [answer({ proofs: 0 })]],
  ['an answer of an older recording', [answer({})]],
  ['a runtime that does not answer', [{ answered: false, reason: 'off' } as const]],
])('%s: fine', (_, answers) => expect(judge(...answers)).toMatchObject({ status: 'pass' }));

test('what is left is counted, with the way to remove it', () =>
  expect(judge(answer({ proofs: 2 }))).toMatchObject({
    status: 'fail',
    message: '2 pod sandboxes of a proof that was killed in between still run',
    remedy: expect.stringContaining('nodeprep recover'),
  }));
