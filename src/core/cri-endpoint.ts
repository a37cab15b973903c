import type { DesiredRuntime } from './desired.ts';

/** Path of a runtime's socket, however its endpoint is spelled: `unix:///var/run/x.sock`, `unix:/run/x.sock`, `/run/x.sock`. */
export const socketPath = (endpoint: string): string | undefined => {
  const path = endpoint.replace(/^unix:(?:\/\/(?=\/))?/, '');
  if (!path.startsWith('/')) return undefined;
  // /var/run is a link to /run wherever systemd runs.
  return path.replace(/\/{2,}/g, '/').replace(/^\/var\/run\//, '/run/');
};

export const isSameSocket = (left: string, right: string): boolean => {
  const path = socketPath(left);
  return path !== undefined && path === socketPath(right);
};

/** Where the kubelet finds each runtime, as kubeadm spells it (cmd/kubeadm/app/constants/constants_unix.go). */
export const runtimeEndpoints = {
  containerd: 'unix:///var/run/containerd/containerd.sock',
  'cri-o': 'unix:///var/run/crio/crio.sock',
  docker: 'unix:///var/run/cri-dockerd.sock',
  mirantis: 'unix:///var/run/cri-dockerd.sock',
} as const satisfies Record<DesiredRuntime['name'], string>;

const units: Readonly<Record<string, string>> = {
  '/run/containerd/containerd.sock': 'containerd.service',
  '/run/crio/crio.sock': 'crio.service',
  '/run/cri-dockerd.sock': 'cri-docker.service',
};

/** Every socket at which a runtime may serve CRI. */
export const criSocketPaths: readonly string[] = Object.keys(units);

/** Where the runtime that the inventory asks for serves CRI. */
export const criSocketOf = (name: DesiredRuntime['name']): string => {
  const endpoint = runtimeEndpoints[name];
  return socketPath(endpoint) ?? endpoint;
};

/** The unit that serves an endpoint, of those that are known. */
export const runtimeUnitAt = (endpoint: string): string | undefined => units[socketPath(endpoint) ?? ''];
