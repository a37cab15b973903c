import { type Api, createApi } from './api.ts';
import { type ClusterClock, systemClock } from './clock.ts';
import type { Cluster } from './cluster.ts';
import { configzOf } from './configz.ts';
import { cordonNode, uncordonNode } from './cordon.ts';
import { editObject, withAnnotations } from './edit-object.ts';
import { evictPod } from './evict.ts';
import { gatherCluster, listWorkloads } from './gather.ts';
import { isHealthy } from './health.ts';
import { kubeletConfigBackups, writeKubeletConfig } from './kubelet-config.ts';
import { acquireLease } from './lease.ts';
import type { OwnVersions } from './lease-renewal.ts';
import { parseNode, parsePod } from './parse-objects.ts';
import { listPaths, nodePath, podPath, podsOnPath } from './paths.ts';
import type { ClusterPort } from './port.ts';
import { requireRights } from './rights.ts';

export interface ClusterOptions {
  readonly clock?: ClusterClock;
}

export const openCluster = (port: ClusterPort, { clock = systemClock }: ClusterOptions = {}): Cluster => {
  const api = createApi(port);
  const ownVersions: OwnVersions = new Set();
  return {
    name: port.name,
    command: port.command,
    requests: api.requests,
    avoid: port.avoid,
    gather: () => gatherCluster(api),
    requireRights: use => requireRights(api, use),
    node: name => readOne(api, nodePath(name), `read node ${name}`, parseNode),
    nodes: async () => (await api.list(listPaths.nodes, { doing: 'list nodes' })).map(parseNode),
    configz: configzOf(api),
    podsOn: async node => {
      const pods = await api.list(podsOnPath(node), { doing: `list the pods on node ${node}` });
      return pods.map(parsePod);
    },
    pod: (namespace, name) => readOne(api, podPath(namespace, name), `read pod ${namespace}/${name}`, parsePod),
    workloads: () => listWorkloads(api),
    cordon: (node, mark) => cordonNode(api, clock, node, mark),
    uncordon: node => uncordonNode(api, clock, node),
    evict: pod => evictPod(api, pod),
    annotate: (node, annotations) =>
      editObject(api, clock, nodePath(node), `annotate node ${node}`, object => ({
        object: withAnnotations(object, annotations),
        result: undefined,
      })),
    writeKubeletConfig: change => writeKubeletConfig(api, change),
    kubeletConfigBackups: () => kubeletConfigBackups(api),
    isHealthy: () => isHealthy(api),
    acquireLease: identity => acquireLease(api, clock, identity, ownVersions),
    close: port.close,
  };
};

const readOne = async <T>(
  api: Api,
  path: string,
  doing: string,
  parse: (value: unknown) => T,
): Promise<T | undefined> => {
  const object = await api.get(path, { doing });
  return object === undefined ? undefined : parse(object);
};
