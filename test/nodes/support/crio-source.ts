import { type LabNode, prepareCrio } from '../../lab/index.ts';
import type { LabRegistry } from '../../lab/registry.ts';
import { criO, openUpstream, type UpstreamRepository } from '../../lab/upstream/index.ts';
import { repositoryOfCrio } from './repository-wish.ts';

/** `runtime` of an inventory, without its name. */
export const crioFrom = (upstream: UpstreamRepository) => ({
  source: 'upstream',
  version: '1.36',
  repository: repositoryOfCrio(upstream),
});

/** CRI-O's package in a repository, for a node that its containers can run in. */
export const offerCrio = async (node: LabNode): Promise<UpstreamRepository> => {
  const upstream = await openUpstream(node);
  await upstream.offer(criO());
  await upstream.publish();
  await prepareCrio(node);
  return upstream;
};

/** CRI-O has no way to load an image: somebody's own file leads it to one that is near. */
export const leadToRegistry = async (node: LabNode, { host }: LabRegistry): Promise<void> => {
  await node.sh('mkdir -p /etc/containers/registries.conf.d && cat >/etc/containers/registries.conf.d/50-site.conf', {
    input: `[[registry]]\nprefix = "registry.k8s.io"\nlocation = "${host}"\ninsecure = true\n`,
  });
};
