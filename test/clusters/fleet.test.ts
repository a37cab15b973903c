import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bootCluster,
  budget,
  deployment,
  type LabCluster,
  requireClusterLab,
  startFleet,
  switchKubelet,
} from '../lab/cluster/index.ts';

/** Only the lab itself so far: it builds kwok first, which CI need not wait for. */
const reason = requireClusterLab() ?? (process.env.NODEPREP_FLEET ? undefined : 'by hand: NODEPREP_FLEET=1');

interface Nodes {
  items: { metadata: { name: string }; status: { addresses: { type: string; address: string }[] } }[];
}

describe.skipIf(reason)(`a fleet of simulated Nodes${reason ? ` (${reason})` : ''}`, () => {
  let cluster: LabCluster;
  beforeAll(async () => {
    const started = Date.now();
    cluster = await bootCluster({ nodes: [] });
    const nodes = Array.from({ length: 200 }, (_, i) => ({ name: `node-${i}`, address: `127.1.1.${i + 1}` }));
    await startFleet(cluster, nodes);
    await cluster.apply(deployment('web', 400), budget('web', { maxUnavailable: '10%' }));
    await cluster.waitPods('web', 400);
    console.log(`200 simulated Nodes and 400 pods after ${(Date.now() - started) / 1000} s`);
  });
  afterAll(() => cluster?.remove());

  it('has the addresses that were asked for', async () => {
    const { items } = await cluster.api.get<Nodes>('/api/v1/nodes');
    const addresses = items.map(({ status }) => status.addresses.find(({ type }) => type === 'InternalIP')?.address);
    expect(new Set(addresses).size).toBe(200);
    expect(addresses).toContain('127.1.1.200');
  });

  it('moves pods for kubectl drain', async () => {
    await cluster.kubectl('drain', 'node-5', '--timeout=120s');
    await cluster.waitPods('web', 400);
    expect(await cluster.kubectl('get', 'pods', '--field-selector=spec.nodeName=node-5')).toBe('');
  });

  it('has kubelets that can be off', async () => {
    await switchKubelet(cluster, 'node-6', 'off');
    await cluster.kubectl('wait', '--for=condition=Ready=false', 'node/node-6', '--timeout=120s');
    await switchKubelet(cluster, 'node-6', 'on');
    await cluster.waitReady(['node-6']);
    expect(await cluster.kubectl('get', 'node', 'node-6', '--no-headers')).toMatch(/ Ready /);
  });
});
