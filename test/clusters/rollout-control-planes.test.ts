import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootCluster, type CgroupDriver, type LabCluster, requireClusterLab } from '../lab/cluster/index.ts';
import { type CliRun, hostOf } from '../nodes/support/cli.ts';
import { watchControlPlanes } from './support/control-plane-watch.ts';
import {
  driversOf,
  endsOf,
  errorOf,
  inUse,
  leaseHolder,
  nodesNotInService,
  openRolloutPlace,
  type RolloutPlace,
  wants,
} from './support/rollout-place.ts';

const reason = requireClusterLab() ?? (process.env.NODEPREP_FAULTS ? undefined : 'by hand: NODEPREP_FAULTS=some');
const refusal = '/etc/systemd/system/kubelet.service.d/90-lab.conf';

const hostsOf = (cluster: LabCluster, names: readonly string[], driver: CgroupDriver) => ({
  hosts: Object.fromEntries(
    names.map(name => [name, { address: cluster.node(name).address, role: 'control-plane', ...wants(driver) }]),
  ),
});

const sandboxesOf = async (cluster: LabCluster, name: string): Promise<readonly string[]> => {
  const said = await cluster
    .node(name)
    .sh(`ctr -n k8s.io containers ls -q 'labels."io.cri-containerd.kind"==sandbox' | sort`);
  return said.split('\n').filter(id => id !== '');
};

/** Everything that a node must be after its change. */
const expectChanged = async (cluster: LabCluster, applied: CliRun, names: readonly string[], driver: CgroupDriver) => {
  expect(endsOf(applied)).toEqual(names.map(name => `${name} ok changed`));
  expect(applied.code).toBe(0);
  for (const name of names) {
    expect({ name, ...(await driversOf(cluster, name)) }).toEqual({ name, ...inUse(driver) });
    expect(hostOf(applied, name).node).toEqual({ name, ready: true, cordonedBy: null });
  }
  await expectSettled(cluster);
};

const expectSettled = async (cluster: LabCluster) => {
  expect(await nodesNotInService(cluster)).toEqual([]);
  expect(await leaseHolder(cluster)).toBe('');
};

describe.skipIf(reason)(`three control planes${reason ? ` (${reason})` : ''}`, () => {
  const names = ['cp1', 'cp2', 'cp3'];
  let cluster: LabCluster;
  let place: RolloutPlace;

  beforeAll(async () => {
    cluster = await bootCluster({
      cgroupDriver: 'cgroupfs',
      controlPlane: 'static-pods',
      nodes: names.map(name => ({ name, role: 'control-plane' as const })),
    });
    place = await openRolloutPlace(cluster);
  });
  afterAll(async () => {
    await cluster?.remove();
    place?.remove();
  });

  /** While they are changed one after the other, two API servers and a quorum of etcd are there at every look. */
  const applyWatched = async (inventory: string): Promise<CliRun> => {
    const watch = watchControlPlanes(names.map(name => cluster.node(name)));
    const started = performance.now();
    const applied = await place.json(['apply', inventory, '--yes']);
    const seconds = Math.round((performance.now() - started) / 1_000);
    const fewest = await watch.stop();
    console.log(`3 control planes in ${seconds} s; at least ${JSON.stringify(fewest)} of 3`);
    expect(applied.run.batches).toEqual(names.map(name => [name]));
    expect(fewest).toMatchObject({ apis: 2, members: 2 });
    return applied;
  };

  it('change one at a time, with the API and etcd there throughout', async () => {
    const before = await Promise.all(names.map(name => sandboxesOf(cluster, name)));
    const inventory = place.inventory('systemd', 'systemd', names, hostsOf(cluster, names, 'systemd'));
    await expectChanged(cluster, await applyWatched(inventory), names, 'systemd');
    for (const [index, name] of names.entries()) {
      const now = await sandboxesOf(cluster, name);
      expect(now).toHaveLength(4);
      expect(now.filter(id => before[index]?.includes(id))).toEqual([]);
    }
    const again = await place.json(['plan', inventory, '--detailed-exitcode']);
    expect(again.run.hosts.flatMap(({ changes }) => changes)).toEqual([]);
    expect(again.code).toBe(0);
  });

  it('change over kubectl on each other, never on the one that is being changed', async () => {
    // Its lock stands as long as a host is being changed.
    const wrapper = `#!/bin/sh
echo used >>/root/kubectl-used
[ ! -e /var/lib/nodeprep/lock ] || echo "$*" >>/root/kubectl-while-changed
exec /usr/bin/kubectl.real "$@"
`;
    for (const name of names) {
      await cluster
        .node(name)
        .sh('mv /usr/bin/kubectl /usr/bin/kubectl.real; cat >/usr/bin/kubectl; chmod 755 /usr/bin/kubectl', {
          input: wrapper,
        });
    }
    const inventory = place.inventory('via', 'cgroupfs', names, {
      ...hostsOf(cluster, names, 'cgroupfs'),
      cluster: { via: names },
    });
    await expectChanged(cluster, await applyWatched(inventory), names, 'cgroupfs');
    const looks = names.map(name =>
      cluster.node(name).sh('wc -l </root/kubectl-used; cat /root/kubectl-while-changed 2>/dev/null || :'),
    );
    const said = await Promise.all(looks);
    expect(said.filter(text => Number(text.split('\n')[0]) > 0).length).toBeGreaterThan(1);
    expect(said.flatMap(text => text.trim().split('\n').slice(1))).toEqual([]);
  });
});

describe.skipIf(reason)(`the only control plane${reason ? ` (${reason})` : ''}`, () => {
  let cluster: LabCluster;
  let place: RolloutPlace;
  let inventory: string;
  const node = () => cluster.node('cp1');

  beforeAll(async () => {
    cluster = await bootCluster({
      cgroupDriver: 'cgroupfs',
      controlPlane: 'static-pods',
      nodes: [{ name: 'cp1', role: 'control-plane' }],
    });
    place = await openRolloutPlace(cluster);
    inventory = place.inventory('systemd', 'systemd', ['cp1'], hostsOf(cluster, ['cp1'], 'systemd'));
  });
  afterAll(async () => {
    await cluster?.remove();
    place?.remove();
  });

  it('is refused, with the outage named, and nothing is touched', async () => {
    const traces = () =>
      node().sh(`sha256sum /etc/containerd/config.toml /var/lib/kubelet/config.yaml
        systemctl show -P ActiveEnterTimestampMonotonic kubelet containerd`);
    const before = await traces();
    for (const args of [['plan'], ['apply', '--yes']]) {
      const refused = await place.json([...args, inventory]);
      expect(refused.code).toBe(5);
      expect(errorOf(refused, 'cp1')).toMatchObject({
        code: 'plan-refused',
        text: expect.stringMatching(/takes the API of the cluster down: it runs the only etcd.*--allow-api-outage/s),
      });
    }
    expect(await traces()).toBe(before);
    await expectSettled(cluster);
  });

  it('is taken back where its kubelet refuses to start, and the API with it', async () => {
    await node().sh(`mkdir -p /etc/systemd/system/kubelet.service.d && cat >${refusal} && systemctl daemon-reload`, {
      input: `[Service]
ExecStartPre=/bin/sh -c 'if grep -q "^cgroupDriver: systemd" /var/lib/kubelet/config.yaml; then echo "lab: no systemd here" >&2; exit 9; fi'
`,
    });
    const applied = await place.json(['apply', inventory, '--yes', '--allow-api-outage']);
    await node().sh(`rm ${refusal} && systemctl daemon-reload`);
    expect(hostOf(applied, 'cp1')).toMatchObject({
      state: 'failed',
      outcome: 'reverted',
      error: { code: 'step-failed' },
    });
    expect(applied.code).toBe(3);
    expect(errorOf(applied, 'cp1').text).toContain('lab: no systemd here');
    expect(await driversOf(cluster, 'cp1')).toEqual(inUse('cgroupfs'));
    await expectSettled(cluster);
  });

  it('is changed with --allow-api-outage, whatever the lock of the cluster says meanwhile', async () => {
    const watch = watchControlPlanes([node()]);
    const before = await sandboxesOf(cluster, 'cp1');
    const applied = await place.json(['apply', inventory, '--yes', '--allow-api-outage']);
    expect(await watch.stop()).toMatchObject({ apis: 0, members: 0 });
    await expectChanged(cluster, applied, ['cp1'], 'systemd');
    expect(applied.stderr).toContain('the API goes away until the static pods of this node are back');
    const now = await sandboxesOf(cluster, 'cp1');
    expect(now).toHaveLength(4);
    expect(now.filter(id => before.includes(id))).toEqual([]);
    const etcd = await cluster.kubectl(
      ...['get', 'pod', '-n', 'kube-system', 'etcd-cp1', '-o'],
      'jsonpath={.status.containerStatuses[0].ready}',
    );
    expect(etcd).toBe('true');
    expect((await place.json(['plan', inventory, '--detailed-exitcode'])).code).toBe(0);
  });
});
