import type { Node } from '../../cluster/objects.ts';

export const isNodeReady = ({ status }: Node): boolean =>
  status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;

export const isCordoned = ({ spec }: Node): boolean => spec.unschedulable === true;

/** kubeadm's label; the second is what it wrote before 1.24. */
export const isControlPlane = ({ metadata }: Node): boolean =>
  ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'].some(label =>
    Object.hasOwn(metadata.labels ?? {}, label),
  );
