import { writeFileSync } from 'node:fs';
import { criSocketOf } from '../../../../src/core/cri-endpoint.ts';
import { imageArchive, sha256 } from '../../../lab/image.ts';
import { type LabNode, layPodNetwork, preparePods } from '../../../lab/index.ts';
import { pauseImage } from '../../../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../../../lab/registry.ts';
import { leadToRegistry } from '../crio-source.ts';
import type { Workplace } from '../workplace.ts';
import type { MatrixRow } from './rows.ts';

export const pauseName = 'registry.k8s.io/pause:3.10.1';
const pause = pauseImage([]);
/** By what they are called in registry.k8s.io. */
const pauseImages = { 'pause:3.10.1': pause, 'pause:3.10': pause };

export const preparePodsOf = async (node: LabNode, { runc, rpm }: MatrixRow): Promise<void> => {
  await (rpm === undefined ? preparePods(node, undefined, runc) : layPodNetwork(node));
  // Nobody answers for it, whatever network there is; and what CRI-O's unit waits for stays up.
  await node.sh('echo 127.0.0.1 registry.k8s.io >>/etc/hosts; systemctl start network-online.target');
};

/** A registry with the sandbox image; CRI-O, which has no way to load one, is told of it before it comes. */
export const openRegistry = async (node: LabNode, { name }: MatrixRow): Promise<LabRegistry> => {
  const registry = await startRegistry({ images: pauseImages });
  if (name !== 'cri-o') return registry;
  await leadToRegistry(node, registry);
  return registry;
};

/** For `runtime.archives.sandboxImage`. */
export const imageFile = (place: Workplace, name = pauseName): { readonly file: string; readonly sha256: string } => {
  const file = place.path('pause.tar');
  const archive = imageArchive([{ ...pause, names: [name] }]);
  writeFileSync(file, archive);
  return { file, sha256: sha256(archive) };
};

/** Into a runtime that is there. */
export const loadImages = async (node: LabNode, { name }: MatrixRow): Promise<void> => {
  const images = Object.entries(pauseImages).map(([key, image]) => ({
    ...image,
    names: [`registry.k8s.io/${key}`],
  }));
  if (name === 'cri-o') {
    const names = images.flatMap(image => image.names);
    const crictl = `/root/crictl --runtime-endpoint unix://${criSocketOf(name)}`;
    await node.sh(`for image in ${names.join(' ')}; do ${crictl} pull $image || exit; done`);
    return;
  }
  const load =
    name === 'containerd'
      ? '"$(command -v ctr || command -v containerd-ctr)" --namespace k8s.io image import --all-platforms -'
      : 'docker load';
  await node.sh(load, { input: imageArchive(images) });
};
