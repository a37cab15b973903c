import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { planRollback, rollbackHost } from '../../src/apply/rollback.ts';
import type { RunHolds, RunHostOptions } from '../../src/apply/run-host.ts';
import type { CgroupRootsChange, Change, ServiceChange } from '../../src/changes/change.ts';
import { emptySandboxes } from '../../src/cri/empty-sandboxes.ts';
import { bootCluster, daemonSet, deployment, type LabCluster, requireClusterLab } from '../lab/cluster/index.ts';
import { installCrictl, type LabNode } from '../lab/index.ts';
import {
  connectNode,
  driveNode,
  nextRunId,
  nodeFile,
  notes,
  programsFor,
  recoverNode,
  serviceChange,
} from '../nodes/apply-node.ts';
import { lastRun, letGo, mustReach, pointsPassed, stopAt } from '../nodes/support/host-points.ts';

type Driver = 'cgroupfs' | 'systemd';

const kubeletFile = '/var/lib/kubelet/config.yaml';
const containerdFile = '/etc/containerd/config.toml';
const socket = '/run/containerd/containerd.sock';
const reason = requireClusterLab();
const timeout = 600_000;

const staticPod = `apiVersion: v1
kind: Pod
metadata: { name: fixed, labels: { app: fixed } }
spec:
  hostNetwork: true
  containers: [{ name: main, image: 'lab.invalid/polite:1', imagePullPolicy: Never }]
`;

const drains = { disruption: 'drain', needsNoSandboxes: true } as const;
const running: ServiceChange['before'] = { unitFileState: 'enabled', activeState: 'active' };
const roots: CgroupRootsChange = {
  ...drains,
  kind: 'cgroup-roots',
  id: 'cgroup-roots',
  target: 'kubepods',
  summary: 'kubepods removed',
  because: 'a test',
  phase: 'switch',
  reversible: true,
};

const withDriver = (toml: string, driver: Driver): string => {
  const value = `SystemdCgroup = ${driver === 'systemd'}`;
  if (toml.includes('SystemdCgroup')) return toml.replace(/SystemdCgroup = \w+/, value);
  return `${toml}
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    ${value}
`;
};

/** Both sides, in the order of the rollout. */
const driverRound = async (node: LabNode, driver: Driver): Promise<readonly Change[]> => {
  const kubelet = await node.sh(`cat ${kubeletFile}; echo x`);
  const containerd = await node.sh(`cat ${containerdFile}; echo x`);
  const stillText = (text: string) => text.slice(0, text.lastIndexOf('x'));
  const [before, after] = [
    stillText(kubelet),
    stillText(kubelet).replace(/^cgroupDriver: .*$/m, `cgroupDriver: ${driver}`),
  ];
  const mode = async (path: string) => `0${await node.sh(`stat -c %a ${path}`)}`;
  const file = async (path: string, from: string, to: string) => {
    const made = nodeFile(path, from, to, drains);
    if (made.before.state !== 'file' || made.after.state !== 'file') throw new Error(`${path} is no file`);
    const bits = await mode(path);
    return { ...made, before: { ...made.before, mode: bits }, after: { ...made.after, mode: bits } };
  };
  return [
    serviceChange('kubelet.service', running, {
      ...drains,
      needsNoSandboxes: false,
      phase: 'quiesce',
      active: false,
      id: 'stop',
    }),
    roots,
    await file(kubeletFile, before, after),
    await file(containerdFile, stillText(containerd), withDriver(stillText(containerd), driver)),
    serviceChange('containerd.service', running, { ...drains, action: 'restart' }),
    serviceChange('kubelet.service', running, { ...drains, needsNoSandboxes: false, active: true }),
  ];
};

/** Four minutes a suite: CI takes the older containerd, NODEPREP_SWEEPS=all both; rollout.test.ts has the newer one. */
const suites = process.env.NODEPREP_SWEEPS === 'all' ? (['bookworm', 'trixie'] as const) : (['bookworm'] as const);

describe.skipIf(reason).each(suites)(`the driver of a node of %s${reason ? ` (${reason})` : ''}`, suite => {
  let cluster: LabCluster;
  let node: LabNode;
  const removed: string[] = [];
  /** Of the first run, which was not in anybody's way. */
  let points: readonly string[];

  const holds: RunHolds = {
    drained: async () => {
      await cluster.kubectl('drain', 'w1', '--ignore-daemonsets', '--timeout=60s');
      return { go: true };
    },
    sandboxes: async signal => {
      const emptied = await emptySandboxes(connectNode(node), socket, {
        signal,
        onRemoved: pod => removed.push(pod),
      });
      return emptied.empty ? { go: true } : { go: false, code: 'step-failed', reason: emptied.reason ?? '' };
    },
  };
  const change = async (driver: Driver, options: Partial<RunHostOptions> = {}) =>
    driveNode(node, await driverRound(node, driver), { holds, ...options });

  /** The pods that run, with their sandboxes, and where their programs sit. */
  const podsOf = async () => {
    const lines = await node.sh('for p in $(pgrep -x pause); do grep -E "^[0-9]+:memory:" /proc/$p/cgroup; done');
    const roots = [...new Set(lines.split('\n').flatMap(line => /\/(kubepods[^/]*)\//.exec(line)?.[1] ?? []))];
    const sandboxes = await node.sh(
      'ctr -n k8s.io containers ls -q \'labels."io.cri-containerd.kind"==sandbox\' | sort',
    );
    return { roots, sandboxes: sandboxes.split('\n') };
  };
  const rootIs = (tree: string) =>
    vi.waitFor(async () => expect((await podsOf()).roots).toEqual([tree]), { timeout: 60_000, interval: 500 });
  const trees = () =>
    node.sh('cd /sys/fs/cgroup; ls -d */kubepods */kubepods.slice 2>/dev/null | sed "s,.*/,," | sort -u || :');
  const settled = async (driver: Driver) => {
    await cluster.kubectl('uncordon', 'w1');
    await cluster.waitBack('w1');
    for (const app of ['agent', 'fixed']) await cluster.waitPods(app, 1);
    await cluster.waitPods('web', 2);
    const tree = driver === 'systemd' ? 'kubepods.slice' : 'kubepods';
    await rootIs(tree);
    expect(await trees()).toBe(tree);
    expect(await cluster.kubectl('get', '--raw', '/api/v1/nodes/w1/proxy/configz')).toContain(
      `"cgroupDriver":"${driver}"`,
    );
    expect(await node.sh('systemctl show kubelet -p DropInPaths -p NeedDaemonReload')).not.toMatch(/paused|=yes/);
    expect(await node.sh('ls /etc/systemd/system/kubelet.service.d 2>&1 || :')).not.toContain('nodeprep');
  };

  beforeAll(async () => {
    cluster = await bootCluster({
      nodes: [{ name: 'w1', suite, cgroupDriver: 'cgroupfs' }],
      cgroupDriver: 'cgroupfs',
    });
    node = cluster.node('w1');
    await cluster.apply(deployment('web', 2), daemonSet('agent'));
    await node.sh(`mkdir -p /etc/kubernetes/manifests && cat >/etc/kubernetes/manifests/fixed.yaml`, {
      input: staticPod,
    });
    await settled('cgroupfs');
  }, timeout);
  afterAll(() => cluster?.remove());

  it(
    'changes, and every pod, DaemonSets and static ones too, has a new sandbox under it',
    async () => {
      const before = await podsOf();
      await stopAt(node, 1_000_000, 'wait');
      const run = await change('systemd');
      expect(run.end, (await lastRun(node)).events.join('\n')).toEqual({ kind: 'settled', word: 'committed' });
      await settled('systemd');
      expect(removed.map(pod => pod.replace(/-[a-z0-9]{5}$/, '')).sort()).toEqual([
        'default/agent',
        'default/fixed-w1',
      ]);
      // The one in the network of the host goes last.
      expect(removed.at(-1)).toBe('default/fixed-w1');
      const after = await podsOf();
      expect(after.sandboxes.filter(id => before.sandboxes.includes(id))).toEqual([]);
      points = await pointsPassed(node);
      await letGo(node);
    },
    timeout,
  );

  it.each(['ctr', 'crictl'])(
    'goes back by itself, ending what was started meanwhile with %s',
    async tool => {
      if (tool === 'crictl') await installCrictl(node);
      const before = await podsOf();
      const told: string[] = [];
      const run = await change('cgroupfs', {
        onEvent: notes(told),
        verify: async () => {
          await cluster.waitBack('w1');
          await rootIs('kubepods');
          return { ok: false, reason: 'a test' };
        },
      });
      expect(run.end, (await lastRun(node)).events.join('\n')).toEqual({ kind: 'settled', word: 'reverted' });
      expect(told).toContain('ending the pods that were started meanwhile');
      await settled('systemd');
      const after = await podsOf();
      expect(after.sandboxes.filter(id => before.sandboxes.includes(id))).toEqual([]);
    },
    timeout,
  );

  it(
    'survives a power loss between the file of one side and that of the other',
    async () => {
      const point = 1 + points.indexOf('before begin 1-4');
      expect(point).toBeGreaterThan(1);
      await stopAt(node, point, 'wait');
      const cut = change('cgroupfs');
      await Promise.race([mustReach(node, point), cut.then(run => Promise.reject(new Error(JSON.stringify(run.end))))]);
      await node.kill();
      await node.start();
      await letGo(node);
      // Its connection is gone for good: what becomes of the run there is not its business any more.
      await cut.catch(() => undefined);
      await node.sh('systemctl is-system-running --wait || true');
      expect(await node.sh('systemctl is-active kubelet containerd || :')).toBe('inactive\nactive');
      expect(await node.sh('systemctl status kubelet || :')).toContain('/var/lib/nodeprep/paused/kubelet.service');
      await node.sh('systemctl start kubelet');
      expect(await node.sh('systemctl is-active kubelet || :')).toBe('inactive');
      expect((await podsOf()).roots).toEqual([]);
      expect(await recoverNode(node)).toMatchObject([{ end: { kind: 'settled', word: 'reverted' } }]);
      await settled('systemd');
    },
    timeout,
  );

  it(
    'is taken back by a rollback, through an emptied node',
    async () => {
      const connection = connectNode(node);
      const options = {
        open: async () => connection,
        programs: programsFor(),
        identity: { runId: nextRunId(), holder: 'ops@later' },
        settle: 'nodeprep recover inventory.yaml',
        onEvent: () => undefined,
        signal: new AbortController().signal,
        diff: () => '',
      };
      const plan = await planRollback(options, undefined);
      if (plan === undefined) throw new Error('nothing to take back');
      const refused = await rollbackHost({ ...options, plan });
      expect(refused).toMatchObject({ end: { word: 'committed' }, refusal: { code: 'joined-node' } });
      await settled('systemd');
      removed.length = 0;
      const done = await rollbackHost({ ...options, plan, holds });
      expect(done.end, (await lastRun(node)).events.join('\n')).toEqual({ kind: 'settled', word: 'rolled-back' });
      expect(removed.at(-1)).toBe('default/fixed-w1');
      await settled('cgroupfs');
    },
    timeout,
  );
});
