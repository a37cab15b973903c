import { describe, expect, it } from 'vitest';
import { openCluster } from '../../../src/cluster/open-cluster.ts';
import { type RollOutOptions, rollOut } from '../../../src/commands/rollout/roll-out.ts';
import { fakeApi, fakeClock } from '../../cluster/fake-api.ts';

const names = ['w1', 'w2', 'w3'];
const settings: RollOutOptions['settings'] = {
  maxUnavailable: { kind: 'count', count: 1 },
  settleTimeoutMs: 0,
  drain: { timeoutMs: 1_000, accept: [] },
  canary: undefined,
  pause: undefined,
  window: undefined,
  maxFailures: 1,
  order: [],
};

const setUp = (cordoned?: string) => {
  const api = fakeApi();
  for (const name of names) {
    api.put(`/api/v1/nodes/${name}`, {
      metadata: { name, uid: name },
      spec: { unschedulable: name === cordoned },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
  }
  const cluster = openCluster(api, { clock: fakeClock() });
  const worked: string[] = [];
  const never = new AbortController().signal;
  const end = rollOut({
    plan: { batches: names.map(host => ({ hosts: [host], role: 'worker', kind: 'drain', reason: 'workers' })) },
    settings,
    cluster,
    gather: () => cluster.gather(),
    lost: never,
    signal: never,
    nodeOf: host => host,
    allowApiOutage: false,
    work: async ({ hosts }) => {
      worked.push(...hosts);
      return [];
    },
    tell: () => undefined,
  });
  return { api, end, worked };
};

describe('before a batch of workers', () => {
  it('asks for the Nodes alone, however much else is in the cluster', async () => {
    const { api, end, worked } = setUp();
    expect(await end).toMatchObject({ stopped: undefined, notBegun: [] });
    expect(worked).toEqual(names);
    expect(api.asked).toEqual(names.map(() => 'get /api/v1/nodes?limit=500'));
  });

  it('begins none where others have gone out of service meanwhile', async () => {
    const { end, worked } = setUp('w3');
    const { stopped, notBegun } = await end;
    expect(stopped).toMatchObject({ code: 'rollout-stopped', reason: expect.stringContaining('w3') });
    expect(notBegun).toEqual(names);
    expect(worked).toEqual([]);
  });
});
