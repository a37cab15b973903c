import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../src/core/observed.ts';
import type { ClusterState } from '../../src/facts/cluster-state.ts';
import type { Kubelet } from '../../src/facts/kubelet.ts';
import { isWorthAsking, secondOpinion } from '../../src/plan/second-opinion.ts';
import { aKubelet, noKubelet, root } from '../kubelet.ts';

const facts = (kubeletVersion: string | undefined, kubelet: Kubelet = aKubelet(), joined = true) => {
  const state: ClusterState = { joined, evidence: 'kubelet.conf', foreign: undefined, kubeletVersion };
  return { clusterState: known(state), cri: known({}), kubelet: known(kubelet), services: known({}) };
};
const made = (driver: 'systemd' | 'cgroupfs') => aKubelet({ cgroupRoots: [root(driver, true)] });

describe('configz is asked', () => {
  test.each<[string, ReturnType<typeof facts>, boolean]>([
    ['of 1.35, which shows what the runtime told', facts('1.35.0'), true],
    ['of 1.36', facts('1.36.1'), true],
    ['not of 1.34, which shows what its file says', facts('1.34.3'), false],
    ['not of 1.31, which may take it from the runtime', facts('1.31.4'), false],
    ['of 1.30, which takes it from its file', facts('1.30.2'), true],
    ['not of a host that is no node', facts('1.36.1', aKubelet(), false), false],
    ['not where no kubelet runs', facts('1.36.1', noKubelet), false],
    ['not of an unknown version', facts(undefined), false],
  ])('%s', (_, seen, expected) => expect(isWorthAsking(seen)).toBe(expected));

  test('not where the host could not be read', () => {
    expect(isWorthAsking({ ...facts('1.36.1'), kubelet: unknown('needs root') })).toBe(false);
    expect(isWorthAsking({ ...facts('1.36.1'), clusterState: unknown('needs root') })).toBe(false);
  });
});

describe('the second opinion', () => {
  test('agrees', () => {
    expect(secondOpinion(facts('1.36.1', made('systemd')), 'systemd')).toMatchObject({
      check: 'kubelet-configz',
      status: 'pass',
      observed: expect.stringContaining('configz systemd'),
    });
  });

  test('differs: a finding with both', () => {
    expect(secondOpinion(facts('1.36.1', made('systemd')), 'cgroupfs')).toMatchObject({
      status: 'fail',
      severity: 'warning',
      message: 'the kubelet says in configz that it uses cgroupfs, and what it has made says systemd',
      fixedByApply: false,
    });
  });

  test.each<[string, ReturnType<typeof facts>, string | undefined]>([
    ['nobody could ask', facts('1.36.1', made('systemd')), undefined],
    ['it says nothing there', facts('1.34.3', made('systemd')), 'cgroupfs'],
    [
      'what it has made cannot be told',
      facts('1.36.1', aKubelet({ cgroupRoots: [root('systemd', true), root('cgroupfs', true)] })),
      'cgroupfs',
    ],
  ])('is none where %s', (_, seen, told) => expect(secondOpinion(seen, told)).toBeUndefined());
});
