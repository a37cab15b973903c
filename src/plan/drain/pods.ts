import type { ObjectMeta, OwnerReference, Pod } from '../../cluster/objects.ts';

export const controllerOf = ({ ownerReferences }: ObjectMeta): OwnerReference | undefined =>
  ownerReferences?.find(({ controller }) => controller === true);

/** `shop/cart-1` */
export const fullName = ({ namespace, name }: Pick<ObjectMeta, 'namespace' | 'name'>): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

export const isFinished = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';

export const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

/** Ready is what a budget counts as healthy. */
export const isPodReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;

/** Of a static pod: the API holds only its mirror, evicting that stops nothing. */
export const isMirror = ({ metadata }: Pod): boolean =>
  Object.hasOwn(metadata.annotations ?? {}, 'kubernetes.io/config.mirror');
