/** A part of a URL path; names from the API are escaped like any other text. */
const part = (name: string): string => encodeURIComponent(name);

export const nodePath = (name: string): string => `/api/v1/nodes/${part(name)}`;
export const podPath = (namespace: string, name: string): string =>
  `/api/v1/namespaces/${part(namespace)}/pods/${part(name)}`;
export const podsOnPath = (node: string): string => `/api/v1/pods?fieldSelector=spec.nodeName%3D${part(node)}`;
export const budgetsPath = (namespace: string): string =>
  `/apis/policy/v1/namespaces/${part(namespace)}/poddisruptionbudgets`;
/** Where kubeadm keeps its records, and nodeprep its lock and backups. */
export const systemNamespacePath = '/api/v1/namespaces/kube-system';
export const configMapsPath = `${systemNamespacePath}/configmaps`;
export const configMapPath = (name: string): string => `${configMapsPath}/${part(name)}`;
export const leasesPath = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';

/** By the kind that owner references name. */
export const workloadPaths = {
  Deployment: '/apis/apps/v1/deployments',
  ReplicaSet: '/apis/apps/v1/replicasets',
  StatefulSet: '/apis/apps/v1/statefulsets',
  DaemonSet: '/apis/apps/v1/daemonsets',
  ReplicationController: '/api/v1/replicationcontrollers',
} as const;

export const listPaths = {
  nodes: '/api/v1/nodes',
  pods: '/api/v1/pods',
  budgets: '/apis/policy/v1/poddisruptionbudgets',
  claims: '/api/v1/persistentvolumeclaims',
  volumes: '/api/v1/persistentvolumes',
} as const;
