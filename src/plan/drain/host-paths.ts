import type { DrainRule } from './drain-context.ts';

/** What every node has of its own: sockets, devices, logs, programs. A pod that moves finds the other node's, as it should. */
const systemPath =
  /^\/(?:$|(?:proc|sys|dev|run|etc|boot|lib|lib64|usr|bin|sbin|tmp)(?:\/|$)|var\/(?:run|log|lib\/(?:kubelet|docker|containerd|containers|crio|dbus|cni|calico))(?:\/|$)|opt\/cni(?:\/|$))/;

/** A path of the host may hold data, and nothing says so: no block, as in kubectl, but it is told. */
export const hostPaths: DrainRule = pod => {
  const paths = (pod.spec.volumes ?? []).flatMap(({ hostPath }) =>
    hostPath === undefined || systemPath.test(hostPath.path) ? [] : [hostPath.path],
  );
  if (paths.length === 0) return undefined;
  return {
    verdict: 'warn',
    cause: `will find ${[...new Set(paths)].join(', ')} (hostPath) of another node, not what is in it here`,
  };
};
