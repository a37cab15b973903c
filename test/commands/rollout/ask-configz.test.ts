import { expect, test } from 'vitest';
import { askConfigz } from '../../../src/commands/rollout/ask-configz.ts';
import { known } from '../../../src/core/observed.ts';
import type { HostResult } from '../../../src/core/result.ts';
import { aKubelet, root } from '../../kubelet.ts';
import { node } from '../../plan/drain/cluster.ts';
import { factsWith } from '../support.ts';

const facts = (kubeletVersion: string) =>
  factsWith({
    clusterState: known({ joined: true, evidence: 'kubelet.conf', foreign: undefined, kubeletVersion }),
    cri: known({}),
    kubelet: known(aKubelet({ cgroupRoots: [root('systemd', true)] })),
    services: known({}),
  });
const result = (host: string, ready = true): HostResult => ({
  ...{ host, address: host, state: 'ok', findings: [], changes: [] },
  node: { name: `node-${host}`, ready, cordonedBy: null },
});

test('nodes that are Ready and whose version tells are asked, and nobody else', async () => {
  const asked: string[] = [];
  const hosts = ['new', 'old', 'away', 'fresh'];
  const results = await askConfigz(
    [result('new'), result('old'), result('away', false), result('fresh')],
    { nodes: new Map(hosts.filter(host => host !== 'fresh').map(host => [host, node(`node-${host}`)])) },
    new Map(hosts.map(host => [host, facts(host === 'old' ? '1.34.1' : '1.36.1')])),
    {
      configz: async name => {
        asked.push(name);
        return 'cgroupfs';
      },
    },
  );
  expect(asked).toEqual(['node-new']);
  expect(results.map(({ findings }) => findings.map(({ check, status }) => `${check} ${status}`))).toEqual([
    ['kubelet-configz fail'],
    [],
    [],
    [],
  ]);
});
