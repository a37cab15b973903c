import { type LabNode, preparePods } from '../../../lab/index.ts';
import { pauseArchive, pauseImage } from '../../../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../../../lab/registry.ts';
import type { MatrixRow } from './rows.ts';

export const pauseName = 'registry.k8s.io/pause:3.10.1';
const tags = ['3.10.1', '3.10'] as const;

/** Pods run in nodes of cgroup v1, which sid's systemd refuses. */
export const runsPods = ({ suite }: MatrixRow): boolean => suite !== 'sid';

export const preparePodsOf = async (node: LabNode): Promise<void> => {
  await preparePods(node);
  // Nobody answers for it, whatever network there is; and what CRI-O's unit waits for stays up.
  await node.sh('echo 127.0.0.1 registry.k8s.io >>/etc/hosts; systemctl start network-online.target');
};

/** A registry with the sandbox image; CRI-O, which has no way to load one, is told of it before it comes. */
export const openPauseRegistry = async (node: LabNode, { name }: MatrixRow): Promise<LabRegistry> => {
  const image = pauseImage(['pause']);
  const registry = await startRegistry({ images: Object.fromEntries(tags.map(tag => [`pause:${tag}`, image])) });
  if (name !== 'cri-o') return registry;
  await node.sh('mkdir -p /etc/containers/registries.conf.d && cat >/etc/containers/registries.conf.d/50-site.conf', {
    input: `[[registry]]\nprefix = "registry.k8s.io"\nlocation = "${registry.host}"\ninsecure = true\n`,
  });
  return registry;
};

/** Into a runtime that is there. */
export const loadPause = async (node: LabNode, { name }: MatrixRow): Promise<void> => {
  if (name === 'cri-o') {
    await node.sh(`/root/crictl --runtime-endpoint unix:///run/crio/crio.sock pull ${pauseName}`);
    return;
  }
  const load = name === 'containerd' ? 'ctr --namespace k8s.io image import --all-platforms -' : 'docker load';
  await node.sh(load, { input: pauseArchive(tags.map(tag => `registry.k8s.io/pause:${tag}`)) });
};
