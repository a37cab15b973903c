import { describe, expect, test } from 'vitest';
import { type Proof, provenBy } from '../../src/commands/verify.ts';
import { known, type Observed, unknown } from '../../src/core/observed.ts';
import type { Finding } from '../../src/core/result.ts';
import type { CriAnswers } from '../../src/facts/cri.ts';
import { sysctlChange } from '../apply/host-root.ts';
import { desiredNode } from '../desired.ts';
import { factsWith } from './support.ts';

const socket = '/run/containerd/containerd.sock';
const answering = (runtimeReady = true): CriAnswers => ({
  [socket]: {
    answered: true,
    runtimeName: 'containerd',
    runtimeVersion: '1.7.24',
    conditions: [
      { type: 'RuntimeReady', status: runtimeReady, reason: runtimeReady ? '' : 'Stuck', message: '' },
      { type: 'NetworkReady', status: false, reason: 'NetworkPluginNotReady', message: 'no CNI' },
    ],
    config: undefined,
    cgroupDriver: null,
    handlers: [],
    sandboxes: 0,
  },
});

const finding = (over: Partial<Finding> = {}): Finding => ({
  check: 'swap-off',
  title: 'Swap is off',
  status: 'fail',
  severity: 'error',
  message: 'swap is on',
  fixedByApply: false,
  source: 'docs/checks.md#swap-off',
  ...over,
});

const prove = (over: Partial<Omit<Proof, 'facts'>> & { readonly cri?: Observed<CriAnswers> } = {}) => {
  const { cri = known(answering()), ...rest } = over;
  return provenBy({
    before: [],
    after: [],
    plan: { host: 'worker-1', changes: [], later: [], refusals: [] },
    facts: factsWith({ cri }),
    desired: desiredNode(),
    ...rest,
  });
};

const waiver = { owner: 'ops', reason: 'a test', expires: '2027-01-01' };

describe('a run is proved by', () => {
  test('an empty plan, a runtime that answers, and no error that is new', () => {
    expect(prove()).toEqual({ ok: true });
  });

  test.each<readonly [string, Partial<Proof>]>([
    ['an error that was there before and is not ours', { before: [finding()], after: [finding()] }],
    ['a new warning', { after: [finding({ severity: 'warning' })] }],
    ['a new unknown', { after: [finding({ status: 'unknown' })] }],
    ['a new error that is waived', { after: [finding({ waiver })] }],
    ['an error that is gone', { before: [finding()] }],
  ])('%s does not block', (_, over) => expect(prove(over)).toEqual({ ok: true }));

  test.each<readonly [string, Parameters<typeof prove>[0], RegExp]>([
    [
      'a plan that is not empty',
      { plan: { host: 'a', changes: [sysctlChange('net.a', '1', '0')], later: [], refusals: [] } },
      /^the plan is not empty after the changes: a test$/,
    ],
    ['a runtime that could not be asked', { cri: unknown('needs root') }, /could not be asked: needs root/],
    ['no runtime at all', { cri: known({}) }, /no runtime answers/],
    [
      'a runtime that does not answer',
      { cri: known({ [socket]: { answered: false, reason: 'connection refused' } }) },
      /containerd\.sock does not answer CRI: connection refused/,
    ],
    ['a runtime that is not ready', { cri: known(answering(false)) }, /containerd\.sock is not ready: Stuck$/],
    ['a new error', { after: [finding()] }, /^swap is on \(swap-off\)$/],
    [
      'an error that was waived before and is not now',
      { before: [finding({ waiver })], after: [finding()] },
      /swap is on/,
    ],
    [
      'an error of before that apply answers for',
      { before: [finding({ fixedByApply: true })], after: [finding({ fixedByApply: true })] },
      /swap is on/,
    ],
    ['an error that was a warning', { before: [finding({ severity: 'warning' })], after: [finding()] }, /swap is on/],
    [
      'an error that could not be told before',
      { before: [finding({ status: 'unknown' })], after: [finding()] },
      /swap/,
    ],
  ])('and not where there is %s', (_, over, reason) => {
    expect(prove(over)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  test('every reason is told, each on its line', () => {
    const decision = prove({ cri: known({}), after: [finding(), finding({ check: 'other', message: 'x' })] });
    expect(decision).toMatchObject({ ok: false });
    expect(decision.ok ? [] : decision.reason.split('\n')).toHaveLength(3);
  });
});
