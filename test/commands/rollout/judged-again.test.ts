import { expect, test } from 'vitest';
import { clusterChecks } from '../../../src/checks/index.ts';
import { judgeCluster } from '../../../src/checks/judge.ts';
import type { ClusterFacts } from '../../../src/cluster/cluster-facts.ts';
import { cordonAnnotation } from '../../../src/cluster/cordon-mark.ts';
import type { Node } from '../../../src/cluster/objects.ts';
import { judgedAgain } from '../../../src/commands/rollout/judged-again.ts';
import { known } from '../../../src/core/observed.ts';
import type { Finding } from '../../../src/core/result.ts';

const node = (name: string, mark?: string): Node => ({
  metadata: { name, uid: `uid-${name}`, ...(mark === undefined ? {} : { annotations: { [cordonAnnotation]: mark } }) },
  spec: {},
  status: {},
});
const factsOf = (nodes: readonly Node[]): ClusterFacts => ({
  ...{ uid: 'u', serverVersion: '1.34.3', clientVersion: '1.34.3', nodes },
  ...{ pods: [], budgets: [], workloads: [], claims: [], volumes: [] },
  kubeletConfig: known(undefined),
  kubeadmConfig: known(undefined),
});
const marked = factsOf([node('w1', '{}')]);
const other: Finding = {
  ...{ check: 'cluster-kubelet-config', title: 't', status: 'fail', severity: 'info', message: 'none' },
  ...{ fixedByApply: false, source: 's' },
};
const before = [...judgeCluster(clusterChecks, marked), other];
const statusOf = (findings: readonly Finding[]) => findings.find(({ check }) => check === 'nodes-brought-back')?.status;

test('a mark that the run has lifted is told no more; other findings stay', async () => {
  expect(statusOf(before)).toBe('fail');
  const after = await judgedAgain({ cluster: { nodes: async () => [node('w1')] }, facts: marked }, before);
  expect(statusOf(after)).toBe('pass');
  expect(after).toHaveLength(before.length);
  expect(after.at(-1)).toBe(other);
});

test('a node that the run has left cordoned is told', async () => {
  const facts = factsOf([node('w1')]);
  const cluster = { nodes: async () => [node('w1', '{}')] };
  expect(statusOf(await judgedAgain({ cluster, facts }, judgeCluster(clusterChecks, facts)))).toBe('fail');
});

test('what nobody can ask any more stays as it was', async () => {
  const cluster = { nodes: () => Promise.reject(new Error('away')) };
  expect(await judgedAgain({ cluster, facts: marked }, before)).toBe(before);
});
