import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootCluster, type LabCluster, requireClusterLab } from '../lab/cluster/index.ts';
import { baseProblem, installCrictl, type LabNode } from '../lab/index.ts';
import { pauseImage } from '../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { crioProblem, type UpstreamRepository } from '../lab/upstream/index.ts';
import { hostOf } from '../nodes/support/cli.ts';
import { crioFrom, leadToRegistry, offerCrio } from '../nodes/support/crio-source.ts';
import { labels, type Migrated, migrated } from '../nodes/support/migrated.ts';
import { at } from '../nodes/support/workplace.ts';
import { watchControlPlanes } from './support/control-plane-watch.ts';
import { type RuntimeName, servingOn, sockets } from './support/migration-place.ts';
import {
  endsOf,
  leaseHolder,
  nodesNotInService,
  openRolloutPlace,
  type RolloutPlace,
} from './support/rollout-place.ts';

const reason =
  process.env.NODEPREP_MATRIX === '1'
    ? (requireClusterLab() ?? (await baseProblem('trixie')) ?? (await crioProblem()))
    : 'part of npm run test:matrix';

const images = '/usr/share/lab/control-plane.tar';

/** What docs/migration.md asks for: images that no registry has are in the new runtime's store before. */
const preload = async (node: LabNode): Promise<void> => {
  const manifest = JSON.parse(await node.sh(`tar -xOf ${images} manifest.json`)) as { RepoTags: string[] }[];
  for (const name of manifest.flatMap(({ RepoTags }) => RepoTags)) {
    await node.sh(`skopeo copy -q --insecure-policy docker-archive:${images}:${name} containers-storage:${name}`);
  }
};

describe.skipIf(reason)(`a control plane of three moves to another runtime${reason ? ` (${reason})` : ''}`, () => {
  const names = ['cp1', 'cp2', 'cp3'];
  let cluster: LabCluster;
  let node: LabNode;
  let place: RolloutPlace;
  let upstream: UpstreamRepository;
  let registry: LabRegistry;

  const inventory = (name: RuntimeName, runtime: object): string =>
    place.inventory(name, 'systemd', [], {
      hosts: {
        cp1: at(node, {
          role: 'control-plane',
          runtime: { name, cni: { binDir: '/usr/lib/cni' }, ...runtime },
          verify: { sandbox: 'required' },
        }),
      },
    });
  /** Two API servers and a quorum of etcd at every look. */
  const watched = async (words: readonly string[]) => {
    const watch = watchControlPlanes(names.map(name => cluster.node(name)));
    const answer = await place.json(words);
    expect(endsOf(answer)).toEqual(['cp1 ok changed']);
    expect(await watch.stop()).toMatchObject({ apis: 2, members: 2 });
    return hostOf(answer, 'cp1');
  };
  const serves = async (runtime: RuntimeName): Promise<void> => {
    expect(await servingOn({ cluster, node })).toMatchObject({
      kubelet: sockets[runtime],
      node: expect.stringMatching(new RegExp(`^${runtime}://`)),
      answering: [sockets[runtime]],
    });
    const running = await node.sh(`crictl -r ${sockets[runtime]} ps -o json`);
    const names = (JSON.parse(running) as { containers: { metadata: { name: string } }[] }).containers;
    expect(names.map(({ metadata }) => metadata.name).toSorted()).toEqual(
      ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].toSorted(),
    );
    expect(await nodesNotInService(cluster)).toEqual([]);
    expect(await leaseHolder(cluster)).toBe('');
  };

  beforeAll(async () => {
    const packages = ['skopeo', 'iptables', 'libyajl2', 'libglib2.0-0t64'];
    cluster = await bootCluster({
      controlPlane: 'static-pods',
      cgroupDriver: 'systemd',
      nodes: names.map(name => ({ name, role: 'control-plane', ...(name === 'cp1' ? { packages } : {}) })),
    });
    node = cluster.node('cp1');
    place = await openRolloutPlace(cluster);
    upstream = await offerCrio(node);
    registry = await startRegistry({ images: { 'pause:3.10.1': pauseImage(['pause']) } });
    await leadToRegistry(node, registry);
    await installCrictl(node);
    await preload(node);
  });
  afterAll(async () => {
    await cluster?.remove();
    await upstream?.close();
    await registry?.close();
    place?.remove();
  });

  it('to CRI-O and back, with the API and etcd there throughout', async ({ task }) => {
    const pair: Migrated = { from: labels.containerd, to: labels['cri-o'], host: 'control plane of three' };
    task.meta.migrated = pair;
    const wanted = inventory('cri-o', crioFrom(upstream));
    const { runtime } = await watched(['apply', wanted, '--yes', '--allow-migration']);
    await serves('cri-o');
    const again = await place.json(['plan', wanted, '--detailed-exitcode']);
    expect(hostOf(again, 'cp1').changes).toEqual([]);
    expect(again.code).toBe(0);

    await watched(['rollback', wanted, '--yes']);
    await serves('containerd');
    if (runtime !== undefined) task.meta.migrated = migrated(pair, runtime);
  });
});
