import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disruptions } from '../../src/core/result.ts';
import { type DisruptionId, disruptionOf } from '../../src/installers/disruption.ts';
import { bootCluster, daemonSet, type LabCluster, requireClusterLab } from '../lab/cluster/index.ts';
import type { LabNode } from '../lab/index.ts';
import { hostOf } from '../nodes/support/cli.ts';
import '../nodes/support/disturbed.ts';
import { type SeenDisruption, watchContainers } from '../nodes/support/watch-containers.ts';
import { endsOf, nodesNotInService, openRolloutPlace, type RolloutPlace } from './support/rollout-place.ts';

const reason = process.env.NODEPREP_MATRIX === '1' ? requireClusterLab() : 'part of npm run test:matrix';

interface Disturbance {
  readonly row: DisruptionId;
  readonly seen: SeenDisruption;
  /** After which there is something to do. */
  readonly first: string;
}

const disturbances: readonly Disturbance[] = [
  {
    row: 'kubelet-record',
    seen: 'none',
    first: `sed -i 's#:.*#: "unix:///var/run/crio/crio.sock"#' /var/lib/kubelet/instance-config.yaml`,
  },
  {
    row: 'kubelet-settings',
    seen: 'restart',
    first: `sed -i 's#\\(pod-infra-container-image=\\)[^ "]*#\\1registry.k8s.io/pause:3.9#' /var/lib/kubelet/kubeadm-flags.env`,
  },
];

describe.skipIf(reason)(
  `what a change of the kubelet disturbs, by the containers${reason ? ` (${reason})` : ''}`,
  () => {
    let cluster: LabCluster;
    let node: LabNode;
    let place: RolloutPlace;
    let wanted: string;

    beforeAll(async () => {
      cluster = await bootCluster({ cgroupDriver: 'systemd', nodes: [{ name: 'w1' }] });
      node = cluster.node('w1');
      place = await openRolloutPlace(cluster);
      wanted = place.inventory('wanted', 'systemd', ['w1']);
      await cluster.apply(daemonSet('agent', { graceSeconds: 2 }));
      await cluster.waitPods('agent', 1);
      const answer = await place.json(['apply', wanted, '--yes']);
      expect(hostOf(answer, 'w1').error).toBeUndefined();
      await cluster.waitPods('agent', 1);
    });
    afterAll(async () => {
      await cluster?.remove();
      place?.remove();
    });

    it.for(disturbances.map(disturbance => [disturbance.row, disturbance.seen, disturbance] as const))(
      '%s: %s',
      async ([row, seen, { first }], { task }) => {
        task.meta.disturbed = { row, on: 'containerd, node of a cluster', seen };
        await node.sh(first);
        const { containers, look } = await watchContainers(node, 'kubelet');
        expect(containers).toBeGreaterThanOrEqual(2);
        const planned = hostOf(await place.json(['plan', wanted]), 'w1').changes;
        const worst = Math.max(...planned.map(({ disruption }) => disruptions.indexOf(disruption)));
        expect(disruptions[worst]).toBe(disruptionOf(row, true));

        expect(endsOf(await place.json(['apply', wanted, '--yes']))).toEqual(['w1 ok changed']);
        expect(await look()).toBe(seen);
        await cluster.waitPods('agent', 1);
        expect(await nodesNotInService(cluster)).toEqual([]);
      },
    );
  },
);
