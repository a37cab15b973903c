import { z } from 'zod';
import type { Change } from '../changes/change.ts';
import { toPlannedChange } from '../changes/planned-change.ts';
import { disruptions } from '../core/result.ts';
import type { Refusal } from '../installers/installer.ts';
import type { AcceptedLoss } from './drain/judgement.ts';
import type { HostPlan } from './host-plan.ts';
import { plannedChangeShape } from './planned-change-shape.ts';
import { acceptedSchema, type ClusterToSave, savedCluster, savedClusterSchema } from './saved-cluster.ts';
import { canonical, seal } from './seal.ts';

/**
 * A plan on disk holds no content of files: what was agreed to is shown masked, and each change is bound by a keyed hash of
 * everything that it does. `apply` plans again from fresh facts and goes on only if it gets the same hashes (docs/adr/0004).
 */
const changeSchema = z.strictObject({
  ...plannedChangeShape.shape,
  diff: z.string().optional(),
  /** HMAC-SHA256, hex. */
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
});

const laterSchema = z.strictObject({ target: z.string(), setting: z.string(), disruption: z.enum(disruptions) });

const hostSchema = z.strictObject({
  address: z.string(),
  changes: z.array(changeSchema).readonly(),
  later: z.array(laterSchema).readonly(),
  /** Of a host whose node is drained. */
  accepted: acceptedSchema.exactOptional(),
});

const planSchema = z.strictObject({
  schemaVersion: z.literal(1),
  toolVersion: z.string(),
  inventorySha256: z.string(),
  /** Key of the fingerprints: guesses at a secret cannot be looked up in a table. */
  salt: z.string().min(32),
  hosts: z.record(z.string(), hostSchema),
  /** Of hosts that are nodes of one. */
  cluster: savedClusterSchema.exactOptional(),
});

export type SavedPlan = z.infer<typeof planSchema>;
export type SavedHost = z.infer<typeof hostSchema>;

export interface PlanToSave {
  readonly toolVersion: string;
  readonly inventorySha256: string;
  /** 128 random bits or more, hex. */
  readonly salt: string;
  readonly hosts: readonly HostToSave[];
  /** undefined: no host is a node of a cluster that the inventory names. */
  readonly cluster?: ClusterToSave | undefined;
}

export interface HostToSave {
  readonly address: string;
  readonly plan: HostPlan;
  /** undefined: no node is drained. */
  readonly accepted?: readonly AcceptedLoss[] | undefined;
}

export const encodePlan = ({ hosts, cluster, ...head }: PlanToSave): string => {
  const saved: SavedPlan = {
    schemaVersion: 1,
    ...head,
    hosts: Object.fromEntries(hosts.map(host => [host.plan.host, savedHost(host, head.salt)])),
    ...(cluster === undefined ? {} : { cluster: savedCluster(cluster, head.salt) }),
  };
  return `${JSON.stringify(saved, null, 2)}\n`;
};

const savedHost = ({ address, plan: { changes, later }, accepted }: HostToSave, salt: string): SavedHost => ({
  address,
  ...(accepted === undefined ? {} : { accepted }),
  changes: changes.map(change => ({ ...toPlannedChange(change), fingerprint: fingerprint(change, salt) })),
  later: later.map(({ target, setting, disruption }) => ({ target, setting, disruption })),
});

export type DecodedPlan =
  | { readonly ok: true; readonly plan: SavedPlan }
  | { readonly ok: false; readonly refusal: Refusal };

export const decodePlan = (text: string): DecodedPlan => {
  const parsed = planSchema.safeParse(parseJson(text));
  if (parsed.success) return { ok: true, plan: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  return {
    ok: false,
    refusal: stale(`this is not a plan that nodeprep saved${where}: ${issue?.message ?? 'unreadable'}`),
  };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const stale = (message: string): Refusal => ({ code: 'plan-stale', message, hint: 'Plan again with --out.' });

/** Whether a saved plan may be used at all, before any host is asked. */
export const planFits = (
  saved: SavedPlan,
  now: { readonly toolVersion: string; readonly inventorySha256: string },
): Refusal | undefined => {
  if (saved.toolVersion !== now.toolVersion) {
    return stale(`the plan was saved by nodeprep ${saved.toolVersion}, this is ${now.toolVersion}`);
  }
  return saved.inventorySha256 === now.inventorySha256
    ? undefined
    : stale('the plan was made for another inventory, or the inventory has changed since');
};

/** What a fresh plan of a host does otherwise than the saved one. A host that is as desired by now has nothing to do. */
export const savedDifferences = (
  saved: SavedPlan,
  address: string,
  plan: HostPlan,
  since = 'the plan was saved',
): readonly Refusal[] => {
  const host = Object.hasOwn(saved.hosts, plan.host) ? saved.hosts[plan.host] : undefined;
  if (plan.changes.length === 0 && plan.later.length === 0) return [];
  if (host === undefined) return [stale(`host ${plan.host} is not in the saved plan`)];
  if (host.address !== address)
    return [stale(`host ${plan.host} had address ${host.address} in the saved plan, now ${address}`)];
  const before = new Map(host.changes.map(change => [change.id, change]));
  const now = new Map(plan.changes.map(change => [change.id, change]));
  const differences = [
    ...plan.changes.flatMap(change => difference(change, before.get(change.id)?.fingerprint, saved.salt)),
    ...host.changes.filter(({ id }) => !now.has(id)).map(({ id, summary }) => `${id} (${summary}) is no longer needed`),
    ...(sameLater(host, plan) ? [] : ['the settings of later rounds differ']),
  ];
  return differences.map(what => ({
    code: 'guard-mismatch',
    message: `the host has changed since ${since}: ${what}`,
    hint: 'Plan again with --out and look at what differs.',
  }));
};

const difference = (change: Change, saved: string | undefined, salt: string): readonly string[] => {
  const what = `${change.id} (${change.summary})`;
  if (saved === undefined) return [`${what} is new`];
  const unresolved = change.kind === 'package' ? fingerprint({ ...change, version: null }, salt) : undefined;
  // Saved as 'resolved at apply' and resolved by now: the range, which is part of the fingerprint, is what was agreed to.
  return saved === fingerprint(change, salt) || saved === unresolved ? [] : [`${what} differs`];
};

const sameLater = (host: SavedHost, { later }: HostPlan): boolean =>
  canonical(host.later) ===
  canonical(later.map(({ target, setting, disruption }) => ({ target, setting, disruption })));

/** Everything that the change does and demands, without the words about it. */
export const fingerprint = ({ summary: _, because: __, diff: ___, ...change }: Change, salt: string): string =>
  seal(change, salt);
