import { profileOf, type RuntimeName, runtimeNames } from './runtimes/index.ts';

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

/** Where the kubelet finds a runtime, as kubeadm spells it. */
export const endpointOf = (name: RuntimeName): string => profileOf(name).endpoint;

/** Where the runtime that the inventory asks for serves CRI. */
export const criSocketOf = (name: RuntimeName): string => {
  const endpoint = endpointOf(name);
  return socketPath(endpoint) ?? endpoint;
};

const units: Readonly<Record<string, string>> = Object.fromEntries(
  runtimeNames.map(name => [criSocketOf(name), profileOf(name).criUnit]),
);

/** Every socket at which a runtime may serve CRI. */
export const criSocketPaths: readonly string[] = Object.keys(units);

/** The unit that serves an endpoint, of those that are known. */
export const runtimeUnitAt = (endpoint: string): string | undefined => units[socketPath(endpoint) ?? ''];
