import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, importPause, type LabNode, requireLab } from '../lab/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { join, kubeletConf, leave, provableStandIn, startKubelet } from './support/cluster-node.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const reason = isMatrix ? (requireLab() ?? (await baseProblem('bookworm'))) : 'part of npm run test:matrix';
const pause = 'registry.k8s.io/pause:3.9';
const argsFile = '/etc/default/kubelet';

describe.skipIf(reason)(`the sandbox image under Debian 12's containerd${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let inventory: string;
  const runtime = { cgroupDriver: 'cgroupfs', sandboxImage: pause };
  const finding = async (check: string) => findingOf(hostOf(await place.json(['check', inventory]), 'host'), check);

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'bookworm', packages: ['containerd'] });
    inventory = place.inventory('host', { host: at(node, { runtime, verify: { sandbox: 'off' } }) });
    const applied = await place.json(['apply', inventory, '--yes']);
    expect({ code: applied.code, error: hostOf(applied, 'host').error }).toEqual({ code: 0, error: undefined });
    await importPause(node, [pause]);
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  it('is kept by nobody from Kubernetes 1.29 on, which is said', async () => {
    expect(await finding('sandbox-image-kept')).toMatchObject({
      status: 'fail',
      severity: 'warning',
      observed: `containerd 1.6.20, ${pause} not pinned`,
      expected: 'containerd 1.6.22 or 1.7.3, or newer',
    });
  });

  it('is spared by the flag of a kubelet of 1.28, which apply sets and a rollback takes back', async () => {
    await join(node);
    await node.sh('mkdir -p /var/lib/kubelet && cat >/var/lib/kubelet/config.yaml', {
      input: 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: cgroupfs\n',
    });
    const directory = '/etc/systemd/system/kubelet.service.d';
    await node.sh(`echo 'KUBELET_EXTRA_ARGS=--v=2' >${argsFile}; mkdir -p ${directory}
      printf '[Service]\nEnvironmentFile=-${argsFile}\n' >${directory}/10-kubeadm.conf`);
    await startKubelet(
      node,
      `--kubeconfig=${kubeletConf} --config=/var/lib/kubelet/config.yaml --container-runtime-endpoint=unix:///run/containerd/containerd.sock $KUBELET_EXTRA_ARGS`,
      provableStandIn.replace('v1.34.3', 'v1.28.15'),
    );
    const host = { host: at(node, { runtime, verify: { sandbox: 'off' } }) };
    inventory = place.inventory('of-1.28', host, { kubernetes: { version: '1.28' } });
    expect(await finding('kubelet-pause-image')).toMatchObject({
      status: 'fail',
      severity: 'warning',
      fixedByApply: true,
    });
    expect(await finding('sandbox-image-kept')).toMatchObject({ status: 'skip' });
    const before = await hostState(node);
    const applied = await place.json(['apply', inventory, '--yes', '--without-drain']);
    expect({ code: applied.code, error: hostOf(applied, 'host').error }).toEqual({ code: 0, error: undefined });
    expect(await node.sh(`cat ${argsFile}`)).toBe(`KUBELET_EXTRA_ARGS="--v=2 --pod-infra-container-image=${pause}"`);
    expect(await finding('kubelet-pause-image')).toMatchObject({ status: 'pass' });
    expect((await place.json(['plan', inventory, '--detailed-exitcode'])).code).toBe(0);
    // Without a cluster in the inventory a node of one is not taken back.
    await leave(node);
    expect((await place.json(['rollback', inventory, '--yes'])).code).toBe(0);
    await join(node);
    expect(stateChanges(before, await hostState(node))).toEqual([]);
  });
});
