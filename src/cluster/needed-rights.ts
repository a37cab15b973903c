import type { ClusterUse } from './cluster.ts';
import { kubeletConfigName } from './kubelet-config.ts';
import { leaseName } from './lease-object.ts';

/** One thing that the API server must allow. */
export interface Right {
  readonly verb: string;
  /** Empty: the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** undefined: in all namespaces, or of the cluster. */
  readonly namespace?: string;
  /** undefined: any. */
  readonly name?: string;
}

const ofCluster = (group: string, resource: string, ...verbs: readonly string[]): readonly Right[] =>
  verbs.map(verb => ({ verb, group, resource }));

const inSystem = (group: string, resource: string, name: string | undefined, ...verbs: readonly string[]) =>
  verbs.map(verb => ({ verb, group, resource, namespace: 'kube-system', ...(name === undefined ? {} : { name }) }));

const leases = 'coordination.k8s.io';

const reading: readonly Right[] = [
  { verb: 'get', group: '', resource: 'namespaces', name: 'kube-system' },
  ...ofCluster('', 'nodes', 'get', 'list'),
  ...ofCluster('', 'pods', 'get', 'list'),
  ...ofCluster('policy', 'poddisruptionbudgets', 'list'),
  ...['deployments', 'replicasets', 'statefulsets', 'daemonsets'].flatMap(name => ofCluster('apps', name, 'list')),
  ...ofCluster('', 'replicationcontrollers', 'list'),
  ...ofCluster('', 'persistentvolumeclaims', 'list'),
  ...ofCluster('', 'persistentvolumes', 'list'),
  ...inSystem('', 'configmaps', kubeletConfigName, 'get'),
  ...inSystem('', 'configmaps', 'kubeadm-config', 'get'),
];

const changing: readonly Right[] = [
  ...ofCluster('', 'nodes', 'update'),
  { verb: 'create', group: '', resource: 'pods', subresource: 'eviction' },
  ...inSystem('', 'configmaps', kubeletConfigName, 'update'),
  ...inSystem('', 'configmaps', undefined, 'create', 'list'),
  ...inSystem(leases, 'leases', leaseName, 'get', 'update'),
  ...inSystem(leases, 'leases', undefined, 'create'),
];

export const neededRights = (use: ClusterUse): readonly Right[] =>
  use === 'plan' ? reading : [...reading, ...changing];

/** `update nodes`, `create pods/eviction`, `get configmaps kubelet-config in kube-system` */
export const describeRight = ({ verb, group, resource, subresource, namespace, name }: Right): string => {
  const kind = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return `${verb} ${kind}${name === undefined ? '' : ` ${name}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
};
