import { z } from 'zod';
import type { ConfigMapText } from '../cluster/cluster-facts.ts';
import type { PlannedChange } from '../core/result.ts';
import { drainLosses } from '../core/rollout-settings.ts';
import type { Refusal } from '../installers/installer.ts';
import type { AcceptedLoss } from './drain/judgement.ts';
import { plannedChangeShape } from './planned-change-shape.ts';
import { seal } from './seal.ts';

/** What of a host's pods was agreed to be lost. */
export const acceptedSchema = z
  .array(
    z.strictObject({
      loss: z.enum(drainLosses),
      pod: z.string(),
      uid: z.string(),
      controllerUid: z.string().exactOptional(),
    }),
  )
  .readonly() satisfies z.ZodType<readonly AcceptedLoss[]>;

const changeSchema = z.strictObject({
  ...plannedChangeShape.shape,
  /** HMAC-SHA256, hex: of the change, and of the record that it changes as that was read. */
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What a saved plan holds of the cluster that its hosts are nodes of. */
export const savedClusterSchema = z.strictObject({
  uid: z.string(),
  /** Hosts that are taken out of service, in their order. */
  batches: z.array(z.array(z.string()).readonly()).readonly(),
  changes: z.array(changeSchema).readonly(),
});

export type SavedCluster = z.infer<typeof savedClusterSchema>;

export interface ClusterToSave {
  readonly uid: string;
  readonly batches: readonly (readonly string[])[];
  readonly changes: readonly PlannedChange[];
  /** The kubelet-config ConfigMap; undefined: there is none, or it cannot be read. */
  readonly kubeletConfig: ConfigMapText | undefined;
}

export const savedCluster = (cluster: ClusterToSave, salt: string): SavedCluster => ({
  uid: cluster.uid,
  batches: cluster.batches,
  changes: cluster.changes.map(change => ({
    ...plannedChangeShape.parse(change),
    fingerprint: fingerprintOf(change, cluster, salt),
  })),
});

/** What is written to the ConfigMap follows from the inventory, which the plan is bound to, and from what is there now. */
const fingerprintOf = (
  { because: _, diff: __, status: ___, ...change }: PlannedChange,
  { kubeletConfig }: ClusterToSave,
  salt: string,
): string => seal({ change, record: change.kind === 'config-map' ? (kubeletConfig ?? null) : null }, salt);

/** Why the whole rollout is not what was agreed to; empty: it is. What has been done to the cluster by now needs no agreement. */
export const clusterDifferences = (
  saved: SavedCluster | undefined,
  now: ClusterToSave,
  salt: string,
): readonly Refusal[] => {
  const touchesNodes = now.batches.length > 0 || now.changes.length > 0;
  if (saved === undefined) {
    return touchesNodes
      ? [stale('the plan was saved when its hosts were no nodes of a cluster, and now they are')]
      : [];
  }
  if (saved.uid !== now.uid) {
    return [
      {
        code: 'cluster-mismatch',
        message: `the plan was saved for the cluster with kube-system UID ${saved.uid}, this one has ${now.uid}`,
        hint: 'Look at cluster in the inventory and at the current context of the kubeconfig; for this cluster, plan again with --out.',
      },
    ];
  }
  const before = new Map(saved.changes.map(change => [change.id, change.fingerprint]));
  return now.changes
    .filter(change => before.get(change.id) !== fingerprintOf(change, now, salt))
    .map(({ id, summary }) => changed(`${id} (${summary}) ${before.has(id) ? 'differs' : 'is new'}`));
};

/** Hosts that would be taken out of service although the plan did not say so. */
export const hostsBeyond = (saved: SavedCluster, now: Pick<ClusterToSave, 'batches'>): readonly string[] => {
  const agreed = new Set(saved.batches.flat());
  return now.batches.flat().filter(host => !agreed.has(host));
};

const stale = (message: string): Refusal => ({ code: 'plan-stale', message, hint: 'Plan again with --out.' });

const changed = (what: string): Refusal => ({
  code: 'guard-mismatch',
  message: `the cluster has changed since the plan was saved: ${what}`,
  hint: 'Plan again with --out and look at what differs.',
});
