import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, requireLab } from '../lab/index.ts';
import { hostOf } from './support/cli.ts';
import { join, kubeletConf, provableStandIn, startKubelet } from './support/cluster-node.ts';
import { lastRun, letGo, mustReach, pointsPassed, stopAt } from './support/host-points.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { answering, isLost, type Moving, openMoving, runtimes } from './support/moving.ts';
import { type NodeOfCluster, nodeOfCluster } from './support/node-of-cluster.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const reason = isMatrix ? (requireLab() ?? (await baseProblem('trixie'))) : 'part of npm run test:matrix';

const kubeletConfig = '/var/lib/kubelet/config.yaml';
const stoppedPoint = 'after hold round-1';

describe.skipIf(reason)(
  `docker-ee in place of docker-ce on a node with a kubelet${reason ? ` (${reason})` : ''}`,
  () => {
    let moving: Moving;
    let host: NodeOfCluster;
    let before: HostState;

    const kubelet = () => moving.node.sh('systemctl is-enabled kubelet; systemctl is-active kubelet || true');
    const engines = () => moving.node.sh("dpkg -l 'docker-?e' | awk '/^.i/ { print $2 }'");
    const isAsBefore = async (): Promise<void> => {
      expect(await engines()).toBe('docker-ce');
      expect(await kubelet()).toBe('enabled\nactive');
      expect(await answering(moving.node)).toEqual([runtimes.docker.socket]);
      expect(stateChanges(before, await hostState(moving.node)).filter(isLost)).toEqual([]);
    };

    beforeAll(async () => {
      moving = await openMoving('docker', 'mirantis');
      const { node, run, inventory } = moving;
      const prepared = await run('apply', inventory('docker'));
      expect(hostOf(prepared, 'host').error).toBeUndefined();
      await join(node);
      await node.sh(`mkdir -p /var/lib/kubelet && cat >${kubeletConfig}`, {
        input: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
containerRuntimeEndpoint: unix://${runtimes.docker.socket}
`,
      });
      await startKubelet(node, `--kubeconfig=${kubeletConf} --config=${kubeletConfig}`, provableStandIn);
      await moving.powerCycle();
      await node.sh('systemctl is-system-running --wait || true');
      host = nodeOfCluster(node, inventory('mirantis', {}, 'off'));
      before = await hostState(node);
    });
    afterAll(() => moving?.close());

    it('changes places under a kubelet that is stopped, and that starts with its runtime; and back', async () => {
      const { node } = moving;
      await stopAt(node, 1_000_000, 'kill');
      const { result, holds } = await host.apply();
      expect(result.error).toBeUndefined();
      expect(result).toMatchObject({ state: 'ok', outcome: 'changed' });
      expect(holds).toEqual([
        ...['drained active', 'sandboxes inactive'],
        ...['drained inactive', 'sandboxes inactive'],
        'ready active',
      ]);
      expect(await pointsPassed(node)).toContain(stoppedPoint);
      await letGo(node);
      expect(await engines()).toBe('docker-ee');
      expect(await kubelet()).toBe('enabled\nactive');
      expect(await answering(node)).toEqual([runtimes.mirantis.socket]);
      expect((await host.plan()).plan.changes).toEqual([]);

      const back = await host.rollBack();
      expect(back.result.error).toBeUndefined();
      expect(back.holds).toEqual(['drained active', 'sandboxes inactive']);
      await isAsBefore();
    });

    it('power lost between its rounds: the kubelet waits for the recovery, and starts over the engine of before', async () => {
      const { node, run, inventory } = moving;
      await stopAt(node, 1_000_000, 'kill');
      expect((await host.apply()).result.error).toBeUndefined();
      const point = (await pointsPassed(node)).indexOf(stoppedPoint) + 1;
      expect((await host.rollBack()).result.error).toBeUndefined();

      await stopAt(node, point, 'wait');
      const cut = host.apply();
      await mustReach(node, point);
      await moving.powerCycle();
      await letGo(node);
      expect((await cut).result).toMatchObject({ state: 'failed', error: { code: 'unfinished-run' } });
      expect(await kubelet()).toBe('enabled\ninactive');
      expect(await engines()).toBe('docker-ee');

      const recovered = await run('recover', inventory('mirantis', {}, 'off'));
      expect(hostOf(recovered, 'host').error).toBeUndefined();
      expect((await lastRun(node)).events.at(-1)).toBe('settle - reverted');
      await isAsBefore();
    });
  },
);
