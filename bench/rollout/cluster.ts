import { endsOf, openRolloutPlace, probeAvailability } from '../../test/clusters/support/rollout-place.ts';
import { bootCluster, budget, daemonSet, deployment } from '../../test/lab/cluster/index.ts';

export interface KeptAvailable {
  readonly nodes: number;
  readonly seconds: number;
  readonly all: number;
  /** What the budget demands. */
  readonly least: number;
  /** Fewest that were available at any look. */
  readonly fewest: number;
  readonly looks: number;
}

const names = ['w1', 'w2', 'w3'];
const all = 6;
const least = 4;

/** Real kubelets, runtimes and pods: every node of a lab cluster from cgroupfs to systemd, its pods counted twice a second. */
export const overCluster = async (): Promise<KeptAvailable> => {
  const cluster = await bootCluster({ cgroupDriver: 'cgroupfs', nodes: names.map(name => ({ name })) });
  const place = await openRolloutPlace(cluster);
  try {
    const soon = { graceSeconds: 2 };
    await cluster.apply(deployment('web', all, soon), budget('web', { minAvailable: least }), daemonSet('agent', soon));
    await cluster.waitPods('web', all);
    const inventory = place.inventory('systemd', 'systemd', names);
    const probe = probeAvailability(cluster, 'web');
    const started = performance.now();
    const applied = await place.json(['apply', inventory, '--yes'], { timeoutMs: 900_000 });
    const seconds = (performance.now() - started) / 1_000;
    const { fewest, looks } = await probe.stop();
    const wrong = endsOf(applied).filter(end => !end.endsWith(' ok changed'));
    if (wrong.length > 0) throw new Error(`the rollout did not come to its end: ${wrong.join('; ')}`);
    return { nodes: names.length, seconds, all, least, fewest, looks };
  } finally {
    place.remove();
    await cluster.remove();
  }
};
