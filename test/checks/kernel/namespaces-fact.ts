import { type NamespaceKind, type Namespaces, namespaceKinds } from '../../../src/facts/namespaces.ts';

export const namespacesFact = (overrides: Partial<Namespaces> = {}): { readonly namespaces: Namespaces } => ({
  namespaces: {
    present: namespaceKinds,
    quotas: { cgroup: 1, ipc: 1, mnt: 1, net: 1, pid: 1, time: 1, user: 1, uts: 1 },
    ...overrides,
  },
});

export const without = (...kinds: readonly NamespaceKind[]) =>
  namespacesFact({ present: namespaceKinds.filter(kind => !kinds.includes(kind)) });

export const withQuotas = (quotas: Partial<Namespaces['quotas']>) =>
  namespacesFact({ quotas: { ...namespacesFact().namespaces.quotas, ...quotas } });
