import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  barePod,
  bootCluster,
  budget,
  daemonSet,
  deployment,
  type LabCluster,
  POLITE_IMAGE,
  requireClusterLab,
} from '../lab/cluster/index.ts';
import { endsOf, errorOf, nodesNotInService, openRolloutPlace, type RolloutPlace } from './support/rollout-place.ts';

const reason = requireClusterLab();
const names = ['w1', 'w2', 'w3'];
const least = 4;
const staticPod = `apiVersion: v1
kind: Pod
metadata: { name: fixed, labels: { app: fixed } }
spec: { containers: [{ name: main, image: '${POLITE_IMAGE}', imagePullPolicy: Never }] }
`;
/** The control plane's own node-sized pods of this file end at once. */
const soon = { graceSeconds: 2 } as const;

describe.skipIf(reason)(`a rollout that may not begin${reason ? ` (${reason})` : ''}`, () => {
  let cluster: LabCluster;
  let other: LabCluster;
  let place: RolloutPlace;
  let toSystemd: string;

  /** Everything of a node that a run may touch, but not what pods do by themselves. */
  const traces = () =>
    Promise.all(
      names.map(name =>
        cluster
          .node(name)
          .sh(`find /etc /var/lib/nodeprep -xdev -type f ! -name ld.so.cache -exec sha256sum {} + 2>/dev/null | sort -k 2
          sha256sum /var/lib/kubelet/*.yaml /var/lib/kubelet/*.env
          systemctl show -P ActiveEnterTimestampMonotonic kubelet containerd
          ctr -n k8s.io tasks ls -q | sort`),
      ),
    );
  const untouched = async (work: () => Promise<void>): Promise<void> => {
    const before = await traces();
    await work();
    expect(await traces()).toEqual(before);
    expect(await nodesNotInService(cluster)).toEqual([]);
  };

  beforeAll(async () => {
    [cluster, other] = await Promise.all([
      bootCluster({
        cgroupDriver: 'cgroupfs',
        nodes: [
          { name: 'w1', suite: 'bookworm', criSocket: 'flag' },
          { name: 'w2', files: { '/etc/kubernetes/manifests/fixed.yaml': staticPod } },
          // Of upstream's archive; its kubelet has no driver of its own: containerd 2 tells it over CRI.
          { name: 'w3', containerd: '2.2', kubeletDriver: null },
        ],
      }),
      bootCluster({ nodes: [] }),
    ]);
    place = await openRolloutPlace(cluster);
    toSystemd = place.inventory('systemd', 'systemd', names);
    await cluster.apply(deployment('web', 6, soon), budget('web', { minAvailable: least }), daemonSet('agent', soon));
    await cluster.waitPods('web', 6);
    await cluster.waitPods('agent', 3);
  });
  afterAll(async () => {
    await Promise.all([cluster?.remove(), other?.remove()]);
    place?.remove();
  });

  it('is planned in batches, with what each drain does, and nothing is touched', async () => {
    expect(await cluster.node('w3').sh('containerd --version')).toMatch(/ v?2\./);
    await untouched(async () => {
      const planned = await place.json(['plan', toSystemd]);
      expect(planned.run.batches).toEqual([['w1'], ['w2'], ['w3']]);
      expect(planned.code).toBe(0);
      const moving = planned.run.hosts.flatMap(({ drain }) => drain?.pods ?? []);
      expect(moving.filter(({ verdict }) => verdict === 'move')).toHaveLength(6);
      expect(moving.filter(({ verdict }) => verdict === 'stay').map(({ name }) => name.replace(/-[^-]*$/, ''))).toEqual(
        expect.arrayContaining(['agent', 'fixed']),
      );
      const told = await place.run(['plan', toSystemd]);
      expect(told.stdout).toMatch(/node is drained first \(\d pods move, [12] stay\)/);
      expect(told.stdout).toContain('Nothing was changed.');
    });
  });

  it('is refused where a budget can never allow it, whatever --force-drain says', async () => {
    await untouched(async () => {
      await cluster.apply(budget('web', { minAvailable: 6 }));
      await expect
        .poll(() => cluster.kubectl('get', 'pdb', 'web', '-o', 'jsonpath={.status.desiredHealthy}'))
        .toBe('6');
      for (const args of [
        ['plan'],
        ['apply', '--yes'],
        ['apply', '--yes', '--force-drain', 'bare-pods,empty-dir,local-volumes'],
      ]) {
        const refused = await place.json([...args, toSystemd]);
        expect(refused.code).toBe(5);
        const { code, text } = errorOf(refused, 'w1');
        expect(code).toBe('drain-infeasible');
        expect(text).toContain('PodDisruptionBudget default/web allows 0 of 6 to go (minAvailable 6)');
        expect(text).toContain('Scale default/web to 7');
      }
      await cluster.apply(budget('web', { minAvailable: least }));
    });
  });

  it('is refused because of a pod that nobody would bring back, until that loss is accepted', async () => {
    await cluster.apply(barePod('alone', { ...soon, spec: { nodeName: 'w1' } }));
    await cluster.waitPods('alone', 1);
    await untouched(async () => {
      const refused = await place.json(['apply', toSystemd, '--yes']);
      expect(refused.code).toBe(5);
      expect(errorOf(refused, 'w1')).toMatchObject({
        code: 'drain-infeasible',
        text: expect.stringContaining('--force-drain bare-pods'),
      });
      expect(endsOf(refused).map(end => end.split(' ')[1])).toEqual(['refused', 'skipped', 'skipped']);
      expect((await place.json(['plan', toSystemd, '--force-drain', 'bare-pods'])).code).toBe(0);
    });
    await cluster.kubectl('delete', 'pod', 'alone', '--wait');
  });

  describe('is not begun with', () => {
    const wrong = async (top: Readonly<Record<string, unknown>>, hosts = names) => {
      const inventory = place.inventory('wrong', 'systemd', hosts, top);
      const { code, stdout, stderr } = await place.run(['apply', inventory, '--yes']);
      return { code, text: `${stdout}${stderr}` };
    };
    /** Whatever the inventory says of the cluster, no host is left otherwise than it was. */
    const refusedWith = (
      top: Readonly<Record<string, unknown>>,
      code: number,
      ...words: readonly (string | RegExp)[]
    ) =>
      untouched(async () => {
        const said = await wrong(top);
        for (const word of words) expect(said.text).toMatch(word);
        expect(said.code).toBe(code);
      });

    it('a kubeconfig that is not there', () =>
      refusedWith({ cluster: { kubeconfig: '/nowhere/config' } }, 3, '/nowhere/config', 'cluster.kubeconfig'));

    it('a context that the kubeconfig does not have', () =>
      refusedWith({ cluster: { kubeconfig: cluster.kubeconfig, context: 'prod' } }, 3, 'prod', 'kubernetes-admin'));

    it('the kubeconfig of another cluster', () =>
      refusedWith({ cluster: { kubeconfig: other.kubeconfig } }, 5, 'w1', /not (a|one|in|the)|no Node/));
  });
});
