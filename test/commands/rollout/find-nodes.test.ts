import { describe, expect, it } from 'vitest';
import { findNodes } from '../../../src/commands/rollout/find-nodes.ts';
import { known, unknown } from '../../../src/core/observed.ts';
import type { ClusterState } from '../../../src/facts/cluster-state.ts';
import type { RunRecord } from '../../../src/facts/runs.ts';
import { node } from '../../plan/drain/cluster.ts';
import { factsWith, hostsNamed } from '../support.ts';

const member: ClusterState = { joined: true, evidence: 'kubelet.conf', foreign: undefined, kubeletVersion: '1.34.1' };
const run: RunRecord = { runId: 'r-1', state: 'committed', holder: 'ops@ci', startedAtSeconds: 1, changes: 1 };
const hosts = hostsNamed('worker-1', 'worker-2');
const here = { uid: 'here', nodes: [node('worker-1'), node('worker-2')] };

/** worker-1 with these runs; worker-2 was never changed. */
const found = (runs: readonly RunRecord[], clusterState = known(member)) => {
  const of = (records: readonly RunRecord[], state = clusterState) =>
    factsWith({ clusterState: state, runs: known({ runs: records, lock: undefined }) });
  const { nodes, refusals } = findNodes(
    hosts,
    new Map([
      ['worker-1', of(runs)],
      ['worker-2', of([], known(member))],
    ]),
    here,
  );
  return { nodes: [...nodes.keys()], refusals: [...refusals].map(([host, { code }]) => `${host} ${code}`) };
};

const both = { nodes: ['worker-1', 'worker-2'], refusals: [] };
const notTheFirst = { nodes: ['worker-2'], refusals: ['worker-1 cluster-mismatch'] };

describe('a host that bears the name of a Node', () => {
  it.each<[string, readonly RunRecord[], typeof both | typeof notTheFirst]>([
    ['is it, where no run was made', [], both],
    ['is it, where runs knew of no cluster', [run], both],
    ['is it, where its last run knew it there', [{ ...run, cluster: 'here' }], both],
    ['is not, where its last run knew it in another cluster', [{ ...run, cluster: 'elsewhere' }], notTheFirst],
    [
      'is it again, where a later run knew it there',
      [
        { ...run, cluster: 'elsewhere' },
        { ...run, runId: 'r-2', startedAtSeconds: 2, cluster: 'here' },
      ],
      both,
    ],
  ])('%s', (_what, runs, expected) => expect(found(runs)).toEqual(expected));

  it('may have left the other cluster, and is nobody then', () => {
    const left = known({ ...member, joined: false, evidence: undefined });
    expect(found([{ ...run, cluster: 'elsewhere' }], left)).toEqual({ nodes: ['worker-2'], refusals: [] });
  });

  it('is not, where it may have left the other cluster or not', () => {
    expect(found([{ ...run, cluster: 'elsewhere' }], unknown('needs root'))).toEqual(notTheFirst);
  });
});
