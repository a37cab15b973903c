import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootCluster, budget, deployment, type LabCluster, requireClusterLab } from '../lab/cluster/index.ts';
import { hostOf } from '../nodes/support/cli.ts';
import {
  driversOf,
  endsOf,
  errorOf,
  inUse,
  nodesNotInService,
  openRolloutPlace,
  type RolloutPlace,
} from './support/rollout-place.ts';

const reason = requireClusterLab();
const staged = '/var/lib/nodeprep/staged';
const containerdFile = '/etc/containerd/config.toml';

describe.skipIf(reason)(`a change of driver that is staged before the window${reason ? ` (${reason})` : ''}`, () => {
  let cluster: LabCluster;
  let place: RolloutPlace;
  let inventory: string;
  /** The other node is of the inventory, so that the cluster is to be of one driver, and is left for another day. */
  const apply = (...flags: readonly string[]) => place.json(['apply', inventory, '--yes', '--limit', 'w1', ...flags]);

  /** Everything that staging could disturb: settings, who runs since when, and every container. */
  const service = () =>
    cluster.node('w1').sh(`sha256sum ${containerdFile} /var/lib/kubelet/*.yaml /var/lib/kubelet/*.env
      systemctl show -P ActiveEnterTimestampMonotonic -P MainPID kubelet containerd
      ctr -n k8s.io tasks ls | sort`);
  const undisturbed = async (work: () => Promise<void>): Promise<void> => {
    const before = await service();
    await work();
    expect(await service()).toBe(before);
    expect(await nodesNotInService(cluster)).toEqual([]);
  };
  const refusedWith = (word: RegExp) =>
    undisturbed(async () => {
      const refused = await apply('--staged');
      expect(refused.code).toBe(5);
      expect(hostOf(refused, 'w1')).toMatchObject({ state: 'refused', outcome: 'unchanged' });
      expect(errorOf(refused, 'w1')).toMatchObject({ code: 'guard-mismatch', text: expect.stringMatching(word) });
    });

  beforeAll(async () => {
    cluster = await bootCluster({ cgroupDriver: 'cgroupfs', nodes: [{ name: 'w1' }, { name: 'w2' }] });
    place = await openRolloutPlace(cluster);
    inventory = place.inventory('inventory', 'systemd', ['w1', 'w2']);
    await cluster.apply(deployment('web', 2, { graceSeconds: 2 }), budget('web', { minAvailable: 1 }));
    await cluster.waitPods('web', 2);
  });
  afterAll(async () => {
    await cluster?.remove();
    place?.remove();
  });

  it('is refused as long as nothing is staged', () => refusedWith(/nothing is staged on this host/));

  it('disturbs nobody when it is staged, and says what its drain will do', () =>
    undisturbed(async () => {
      const done = await apply('--stage');
      expect(endsOf(done)).toEqual(['w1 ok unchanged']);
      const { changes, drain, staged: answer } = hostOf(done, 'w1');
      expect(answer).toEqual({ packages: [] });
      expect(changes.map(({ id }) => id)).toContain('service:containerd.service');
      expect(new Set(changes.map(({ status }) => status))).toEqual(new Set(['not-run']));
      expect(drain?.feasible).toBe(true);
      expect(await cluster.node('w1').sh(`ls ${staged}`)).toContain('plan.json');
    }));

  it('is refused where what is staged was changed', async () => {
    await cluster.node('w1').sh(`cp -a ${staged} /root/staged; echo '{}' >${staged}/plan.json`);
    await refusedWith(/what is staged on this host cannot be used/);
    await cluster.node('w1').sh(`rm -r ${staged}; cp -a /root/staged ${staged}`);
  });

  it('is refused where a file has changed since', async () => {
    await cluster.node('w1').sh(`cp -a ${containerdFile} /root/before; echo '# by hand' >>${containerdFile}`);
    await refusedWith(/since it was staged: .*config\.toml/s);
    await cluster.node('w1').sh(`cp -a /root/before ${containerdFile}`);
  });

  it('is switched in the window: drained, changed, proved and back', async () => {
    const done = await apply('--staged');
    expect(endsOf(done)).toEqual(['w1 ok changed']);
    expect(done.code).toBe(0);
    expect(hostOf(done, 'w1')).toMatchObject({
      runtime: { cgroupDriver: 'systemd' },
      node: { name: 'w1', ready: true, cordonedBy: null },
      drain: { feasible: true },
    });
    expect(done.stderr).toMatch(/w1 .*cordoned \(run [\s\S]*evicted[\s\S]*uncordoned/);
    expect({ ...(await driversOf(cluster, 'w1')), roots: [] }).toEqual({ ...inUse('systemd'), roots: [] });
    await cluster.waitPods('web', 2);
    expect(await nodesNotInService(cluster)).toEqual([]);
    expect(await cluster.node('w1').sh(`ls ${staged} 2>&1 || :`)).toContain('No such file');
  });
});
