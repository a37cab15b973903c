import { clusterConfiguration } from './kubeadm-config.ts';
import { kubeletConfiguration } from './kubelet-files.ts';
import type { ClusterRecord } from './record.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly [field: string]: unknown;
}

/** For `kubectl apply -f -`. */
export function documents(manifests: readonly (Manifest | string)[]): string {
  return manifests
    .map(manifest => (typeof manifest === 'string' ? manifest : JSON.stringify(manifest)))
    .join('\n---\n');
}

const RBAC = 'rbac.authorization.k8s.io';
const inSystem = (name: string) => ({ name, namespace: 'kube-system' });
const group = (name: string) => ({ kind: 'Group', name, apiGroup: RBAC });

const user = (name: string) => ({ kind: 'User', name, apiGroup: RBAC });
const bind = (name: string, role: string, subject: object): Manifest => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
  subjects: [subject],
});

/** Rights that kubeadm gives: to admin.conf, and (1.36; before that by its group) to the API server at the kubelets. */
export const ADMIN_RIGHTS: readonly Manifest[] = [
  bind('kubeadm:cluster-admins', 'cluster-admin', group('kubeadm:cluster-admins')),
  bind('kubeadm:apiserver-kubelet-client', 'system:kubelet-api-admin', user('kube-apiserver-kubelet-client')),
];

/** What `kubeadm init` uploads, with the rights to read it. */
export function kubeadmManifests(record: ClusterRecord): Manifest[] {
  const { nodeLocalCriSocket, driver } = record;
  return [
    configMap('kubeadm-config', { ClusterConfiguration: clusterConfiguration(record, { nodeLocalCriSocket }) }),
    configMap('kubelet-config', { kubelet: kubeletConfiguration(driver, '') }),
    ...readers('kubeadm:nodes-kubeadm-config', 'kubeadm-config'),
    ...readers('kubeadm:kubelet-config', 'kubelet-config'),
  ];
}

function configMap(name: string, data: Record<string, string>): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: inSystem(name), data };
}

function readers(name: string, configMapName: string): Manifest[] {
  const rule = { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: [configMapName] };
  const role = { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: inSystem(name), rules: [rule] };
  const binding = {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: inSystem(name),
    roleRef: { apiGroup: RBAC, kind: 'Role', name },
    subjects: [group('system:nodes'), group('system:bootstrappers:kubeadm:default-node-token')],
  };
  return [role, binding];
}
