import { describe, expect, test } from 'vitest';
import type { CriAnswer, CriAnswers } from '../../../src/facts/cri.ts';
import { otherRuntime } from '../../../src/installers/cri-o/only-runtime.ts';
import { aCrio, noCrio } from '../../crio.ts';

const socket = '/run/containerd/containerd.sock';
const containerd = (sandboxes: number): CriAnswers => ({
  [socket]: {
    ...{ answered: true, runtimeName: 'containerd', runtimeVersion: '1.7.24', conditions: [], config: undefined },
    ...{ cgroupDriver: null, handlers: [], sandboxes },
  } satisfies CriAnswer,
});
const fresh = { joined: false, evidence: undefined, foreign: undefined, kubeletVersion: undefined };
const joined = { ...fresh, joined: true, evidence: '/etc/kubernetes/kubelet.conf' };

describe('another runtime', () => {
  test.each([
    ['none', {}, fresh, noCrio],
    ['one that serves no CRI', { [socket]: { answered: false, reason: 'does not serve CRI' } } as const, fresh, noCrio],
    ['none on a node of its own', {}, joined, aCrio()],
  ])('%s', (_, cri, state, crio) => {
    expect(otherRuntime(cri, state, crio)).toBeUndefined();
  });

  test.each([
    ['answers and is not used', containerd(0), fresh, noCrio, /two of them/, /systemctl disable --now containerd`/],
    ['has sandboxes', containerd(2), fresh, noCrio, /with 2 sandboxes.*later version/, /drain the node/],
    ['has a node', containerd(0), joined, aCrio(), /containerd 1\.7\.24 answers CRI.*later version/, /kubeadm reset/],
    ['is not told, of a node without CRI-O', {}, joined, noCrio, /kubelet\.conf\) and has no CRI-O/, /kubeadm reset/],
  ])('%s', (_, cri, state, crio, message, hint) => {
    expect(otherRuntime(cri, state, crio)).toMatchObject({
      code: 'plan-refused',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });
});
