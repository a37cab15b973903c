import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  baseProblem,
  bootNode,
  goProblem,
  importPause,
  installCrictl,
  type LabNode,
  preparePods,
  requireLab,
} from '../lab/index.ts';
import { errorsOf, hostOf } from './support/cli.ts';
import {
  join,
  kubeletConf,
  leave,
  removeSandboxes,
  runSandbox,
  startKubelet,
  stopKubelet,
} from './support/cluster-node.ts';
import { lastRun, letGo, moveOn, reached, stopAt } from './support/host-points.ts';
import { hostState, startedAt } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie'));
const podReason = reason ?? (await goProblem());
const desiredPause = 'registry.k8s.io/pause:3.10.1';
const otherPause = 'registry.k8s.io/pause:3.9';
const nothingElse = { state: 'refused', outcome: 'unchanged', error: { code: 'joined-node' } } as const;

/** plan and apply of an inventory refuse the host, and it stays as it is. */
const refuse = async (place: Workplace, node: LabNode, inventory: string, ...flags: readonly string[]) => {
  const before = { host: await hostState(node), containerd: await startedAt(node, 'containerd') };
  const plan = await place.json(['plan', inventory, ...flags]);
  expect({ code: plan.code, ...hostOf(plan, 'host') }).toMatchObject({
    ...{ code: 5, state: 'refused', error: { code: 'joined-node' } },
  });
  const apply = await place.json(['apply', inventory, '--yes', ...flags]);
  expect({ code: apply.code, ...hostOf(apply, 'host') }).toMatchObject({ code: 5, ...nothingElse });
  expect({ host: await hostState(node), containerd: await startedAt(node, 'containerd') }).toEqual(before);
  const error = hostOf(apply, 'host').error;
  expect(hostOf(plan, 'host').error).toEqual(error);
  return { message: error?.message ?? '', hint: error?.hint ?? '' };
};

const prepare = async (place: Workplace, inventory: string): Promise<void> => {
  const applied = await place.json(['apply', inventory, '--yes']);
  expect({ code: applied.code, outcome: hostOf(applied, 'host').outcome }).toEqual({ code: 0, outcome: 'changed' });
};

describe.skipIf(reason)(`a node of a cluster, without one in the inventory${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let plain: string;
  let image: string;
  let driver: string;

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie', packages: ['containerd'] });
    await node.sh('systemctl is-system-running --wait || true');
    plain = place.inventory('plain', { host: at(node) });
    image = place.inventory('image', { host: at(node, { runtime: { sandboxImage: otherPause } }) });
    driver = place.inventory('driver', { host: at(node, { runtime: { cgroupDriver: 'cgroupfs' } }) });
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  afterEach(async () => {
    await stopKubelet(node);
    await node.sh('rm -rf /opt/node');
  });

  it('is known by its kubeconfig, and gets no other cgroup driver, whatever the flag', async () => {
    await join(node);
    for (const flags of [[], ['--without-drain']]) {
      const { message, hint } = await refuse(place, node, plain, ...flags);
      expect(message).toContain(kubeletConf);
      expect(message).toContain('/etc/containerd/config.toml');
      expect(hint).toMatch(/drain the node, remove it from the cluster \(kubeadm reset\), then plan again/);
    }
    await leave(node);
  });

  it.each(['--kubeconfig=/opt/node/kubeconfig', '--kubeconfig /opt/node/kubeconfig'])(
    'is known by the %s of its running kubelet',
    async words => {
      await node.sh("mkdir -p /opt/node && echo 'apiVersion: v1' >/opt/node/kubeconfig && cat >/opt/node/config.yaml", {
        input: 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: systemd\n',
      });
      await startKubelet(node, `--node-ip=${node.address} ${words} --config=/opt/node/config.yaml`);
      expect((await refuse(place, node, plain)).message).toContain('/opt/node/kubeconfig');
    },
  );

  it('is none while its kubelet loops before kubeadm join', async () => {
    // Arguments as kubeadm's own drop-in gives them; none of the files is there before the join.
    await startKubelet(
      node,
      `--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=${kubeletConf} --config=/var/lib/kubelet/config.yaml`,
    );
    await node.sh('until [ "$(systemctl show -P NRestarts kubelet)" -gt 0 ]; do sleep 0.2; done');
    await prepare(place, plain);
    expect(errorsOf(hostOf(await place.json(['check', plain]), 'host'))).toEqual([]);
    // It was left to loop.
    expect(await node.sh('systemctl is-enabled kubelet; systemctl show -P SubState kubelet')).toMatch(
      /^enabled\n(auto-restart|auto-restart-queued|running|start)$/,
    );
  });

  it('gets its kernel settings back without any ado', async () => {
    await join(node);
    const started = await startedAt(node, 'containerd');
    await node.sh('rm /etc/sysctl.d/99-zz-nodeprep.conf; sysctl -qw net.ipv4.ip_forward=0');
    const applied = await place.json(['apply', plain, '--yes']);
    expect({ code: applied.code, ...hostOf(applied, 'host') }).toMatchObject({ code: 0, outcome: 'changed' });
    expect(hostOf(applied, 'host').changes.map(({ disruption, kind }) => `${kind} ${disruption}`)).toEqual([
      'sysctl none',
      'file none',
    ]);
    expect(await node.sh('cat /proc/sys/net/ipv4/ip_forward')).toBe('1');
    expect(await startedAt(node, 'containerd')).toBe(started);
  });

  it('has its runtime restarted with --without-drain only, and never with another driver', async () => {
    const { message, hint } = await refuse(place, node, image);
    expect(message).toContain('containerd.service');
    expect(hint).toContain('--without-drain');
    expect((await refuse(place, node, driver, '--without-drain')).hint).toContain('drain the node');

    const started = await startedAt(node, 'containerd');
    const applied = await place.json(['apply', image, '--yes', '--without-drain']);
    expect({ code: applied.code, ...hostOf(applied, 'host') }).toMatchObject({
      ...{ code: 0, outcome: 'changed', runtime: { cgroupDriver: 'systemd', sandboxImage: otherPause } },
    });
    expect(await startedAt(node, 'containerd')).not.toBe(started);
  });

  it('is not rolled back under its pods', async () => {
    const before = await hostState(node);
    const rollback = await place.json(['rollback', plain, '--yes']);
    expect({ code: rollback.code, ...hostOf(rollback, 'host') }).toMatchObject({ code: 5, ...nothingElse });
    expect(hostOf(rollback, 'host').error?.message).toContain(kubeletConf);
    expect(hostOf(rollback, 'host').error?.hint).toContain('Name the cluster in the inventory');
    expect(await hostState(node)).toEqual(before);
    await leave(node);
    expect((await place.json(['rollback', plain, '--yes'])).code).toBe(0);
  });
});

describe.skipIf(podReason)(`a host that holds pods${podReason ? ` (${podReason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let plain: string;
  let pinned: string;

  beforeAll(async () => {
    place = await openWorkplace();
    const packages = ['containerd', 'containernetworking-plugins'];
    node = await bootNode({ suite: 'trixie', cgroup: 'v1', packages });
    await preparePods(node);
    await installCrictl(node);
    await node.sh(
      'systemctl is-system-running --wait || true; timeout 60 sh -c "until crictl info >/dev/null 2>&1; do sleep 0.2; done"',
    );
    const packaged = await node.sh('containerd config dump | sed -n \'s/^ *sandbox_image = "\\(.*\\)"/\\1/p\'');
    await importPause(node, [packaged, otherPause, desiredPause]);
    plain = place.inventory('plain', { host: at(node) });
    pinned = place.inventory('pinned', { host: at(node, { runtime: { version: '1.7' } }) });
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  const pods = () => node.sh('crictl pods --state Ready -q');
  const switches = async () => (await lastRun(node)).events.includes('phase - switch');
  /** What the command says once its host program has been held at its first point and a pod has come. */
  const withPodComing = async (
    args: readonly string[],
    driver: 'cgroupfs' | 'systemd' = 'cgroupfs',
    waitFor = async () => true,
  ) => {
    await stopAt(node, 1, 'wait');
    const command = place.json([...args, '--yes']);
    for (let point = 1; ; point += 1) {
      expect(await Promise.race([reached(node, point), command.then(({ stdout }) => stdout)])).toBe(true);
      if (await waitFor()) break;
      await moveOn(node, point + 1);
    }
    const id = await runSandbox(node, 'coming', driver);
    await letGo(node);
    const ended = await command;
    expect(await pods()).toBe(id);
    await removeSandboxes(node);
    return { code: ended.code, ...hostOf(ended, 'host') };
  };
  const refusedThere = {
    ...{ code: 5, state: 'refused', outcome: 'unchanged' },
    error: { code: 'guard-mismatch', message: expect.stringContaining('1 Kubernetes sandboxes exist in containerd') },
  } as const;

  afterEach(async () => {
    await letGo(node);
    await removeSandboxes(node);
  });

  it('is a node, though no kubeconfig says so', async () => {
    const id = await runSandbox(node, 'first', 'cgroupfs');
    for (const flags of [[], ['--without-drain']]) {
      const { message, hint } = await refuse(place, node, plain, ...flags);
      expect(message).toContain('its runtime holds 1 pod sandbox');
      expect(hint).toContain('drain the node');
    }
    expect(await pods()).toBe(id);
  });

  it('keeps its pods over a restart that --without-drain admits', async () => {
    const id = await runSandbox(node, 'staying', 'cgroupfs');
    const process = () => node.sh('pgrep -x pause');
    const before = await process();
    const settings = { runtime: { cgroupDriver: 'cgroupfs', sandboxImage: otherPause } };
    const image = place.inventory('image', { host: at(node, settings) });
    expect((await refuse(place, node, image)).hint).toContain('--without-drain');
    const applied = await place.json(['apply', image, '--yes', '--without-drain']);
    expect({ code: applied.code, ...hostOf(applied, 'host') }).toMatchObject({
      ...{ code: 0, outcome: 'changed', runtime: { cgroupDriver: 'cgroupfs', sandboxImage: otherPause } },
    });
    expect({ id: await pods(), process: await process() }).toEqual({ id, process: before });
  });

  it('refuses another driver on the host itself where a pod came after the plan', async () => {
    const before = await hostState(node);
    expect(await withPodComing(['apply', plain])).toMatchObject(refusedThere);
    expect(await hostState(node)).toEqual(before);
  });

  it('refuses it at the first switch too, and takes back what was done until then', async () => {
    await node.sh('apt-mark -qq unhold containerd');
    const before = await hostState(node);
    const host = await withPodComing(['apply', pinned], 'cgroupfs', switches);
    expect(host).toMatchObject({ code: 3, state: 'failed', outcome: 'reverted' });
    expect(host.error?.message).toContain('1 Kubernetes sandboxes exist in containerd');
    expect(host.changes.find(({ kind }) => kind === 'hold')?.status).toBe('reverted');
    expect(await hostState(node)).toEqual(before);
  });

  it('is not given its former driver back under a pod that came after the plan', async () => {
    await prepare(place, plain);
    const before = await hostState(node);
    expect(await withPodComing(['rollback', plain], 'systemd')).toMatchObject(refusedThere);
    expect(await hostState(node)).toEqual(before);
  });
});
