import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import { type Api, isRecord } from './api.ts';
import type { ClusterClock } from './clock.ts';
import type { LeaseHolder } from './cluster.ts';
import { metadataOf, type RawObject } from './edit-object.ts';
import { explainFailure } from './explain-failure.ts';
import { leasesPath } from './paths.ts';

export const leaseName = 'nodeprep';
export const leaseDurationMs = 15_000;

export const leasePath = `${leasesPath}/${leaseName}`;

/** As the API server has it: its resource version is what tells that somebody has renewed it. */
export interface HeldLease {
  readonly object: RawObject;
  readonly version: string;
  /** Empty: nobody holds it. */
  readonly holder: string;
  /** As its writer's clock had it: tells whose write it was, nothing is decided by the time. */
  readonly renewTime: string;
}

export const lockHeld = (holder: string): NodeprepError => {
  const [run = '', ...who] = holder.split(' ');
  const by = who.length === 0 ? '' : ` by ${who.join(' ')}`;
  return new NodeprepError('lock-held', escapeLine(`run ${run}${by} works on this cluster now: it renews its lock`), {
    hint: 'Wait until it has ended. If its machine is gone the lock is free after 15 s: nodeprep recover INVENTORY',
  });
};

export interface LeaseLimits {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export const readLease = async (api: Api, limits: LeaseLimits = {}): Promise<HeldLease | undefined> => {
  const doing = `read Lease kube-system/${leaseName}`;
  const object = await api.get(leasePath, { doing, isUrgent: true, ...limits });
  return object === undefined ? undefined : heldLease(object);
};

export const heldLease = (value: unknown): HeldLease => {
  const object = isRecord(value) ? value : {};
  const spec = isRecord(object.spec) ? object.spec : {};
  const { holderIdentity, renewTime } = spec;
  return {
    object,
    version: String(metadataOf(object).resourceVersion ?? ''),
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    renewTime: typeof renewTime === 'string' ? renewTime : '',
  };
};

export const createLease = async (
  api: Api,
  clock: ClusterClock,
  identity: LeaseHolder,
): Promise<HeldLease | undefined> => {
  const doing = `create Lease kube-system/${leaseName}`;
  const body = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: leaseName, namespace: 'kube-system', labels: { 'app.kubernetes.io/managed-by': 'nodeprep' } },
    spec: specOf(clock, identity, {}),
  };
  const created = await api.create(leasesPath, body, { doing, isUrgent: true });
  if (created.ok) return heldLease(created.object);
  if (created.reason === 'AlreadyExists') return undefined;
  throw await explainFailure(api.port, { kind: 'status', ...created }, doing);
};

export interface WriteLimits extends LeaseLimits {
  /** Told the time that the object will bear, before it is sent. */
  readonly onSend?: (renewTime: string) => void;
}

export type LeaseWrite = (HeldLease & { readonly kind: 'written' }) | { readonly kind: 'conflict' };

/** Guarded by the version that was found. `identity` undefined: lets it go. */
export const writeLease = async (
  api: Api,
  clock: ClusterClock,
  found: HeldLease,
  identity: LeaseHolder | undefined,
  { onSend, ...limits }: WriteLimits = {},
): Promise<LeaseWrite> => {
  const doing = `write Lease kube-system/${leaseName}`;
  const spec = specOf(clock, identity, isRecord(found.object.spec) ? found.object.spec : {});
  onSend?.(String(spec.renewTime));
  const body = { ...found.object, spec };
  const written = await api.replace(leasePath, body, { doing, isUrgent: true, ...limits });
  if (written.ok) return { kind: 'written', ...heldLease(written.object) };
  // NotFound: somebody has deleted it.
  if (written.reason === 'Conflict' || written.reason === 'NotFound') return { kind: 'conflict' };
  throw await explainFailure(api.port, { kind: 'status', ...written }, doing);
};

const specOf = (clock: ClusterClock, identity: LeaseHolder | undefined, before: RawObject): RawObject => {
  const holderIdentity = identityText(identity);
  // MicroTime wants six digits. The times are for people: nobody decides by them.
  const time = clock.date().toISOString().replace('Z', '000Z');
  const isSame = before.holderIdentity === holderIdentity;
  return {
    holderIdentity,
    leaseDurationSeconds: leaseDurationMs / 1_000,
    acquireTime: isSame ? (before.acquireTime ?? time) : time,
    renewTime: time,
    leaseTransitions: Number(before.leaseTransitions ?? 0) + (isSame ? 0 : 1),
  };
};

export const identityText = (identity: LeaseHolder | undefined): string =>
  identity === undefined ? '' : `${identity.run} ${identity.holder}`;
