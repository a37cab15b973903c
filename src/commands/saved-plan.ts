import { randomBytes } from 'node:crypto';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { NodeprepError } from '../core/errors.ts';
import type { HostResult } from '../core/result.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { AcceptedLoss } from '../plan/drain/judgement.ts';
import { decodePlan, encodePlan, planFits, type SavedPlan, savedDifferences } from '../plan/plan-file.ts';
import type { ClusterToSave } from '../plan/saved-cluster.ts';
import type { CommandContext } from './context.ts';
import { stateOfCode } from './host-failure.ts';
import type { PlannedHost, PlannedHosts } from './plan-hosts.ts';
import { fileReason, writePrivateFile } from './private-file.ts';

const largestBytes = 64 * 1024 * 1024;

/** Told before any host is asked, so that nobody waits for a plan that cannot be kept. */
export const requirePlace = (path: string): void => {
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a directory');
  } catch (cause) {
    throw notWritable(path, cause);
  }
};

const notWritable = (path: string, cause: unknown): NodeprepError =>
  new NodeprepError('usage', `the plan cannot be written to ${path}: ${fileReason(cause)}`, { cause });

/** What is agreed to by keeping it. */
export interface ToSave {
  readonly inventory: Inventory;
  readonly planned: ReadonlyMap<string, PlannedHost>;
  readonly cluster: ClusterToSave | undefined;
  /** Host → what its drain loses; hosts that are drained. */
  readonly losses: ReadonlyMap<string, { readonly accepted: readonly AcceptedLoss[] }>;
}

/** Writes the plan readable by its owner only, whole or not at all. */
export const savePlan = (
  path: string,
  { inventory, planned, cluster, losses }: ToSave,
  context: CommandContext,
): void => {
  const text = encodePlan({
    toolVersion: context.toolVersion,
    inventorySha256: inventory.sha256,
    salt: randomBytes(16).toString('hex'),
    hosts: [...planned.values()]
      .filter(({ plan }) => plan.refusals.length === 0)
      .map(({ host, plan }) => ({ address: host.address, plan, accepted: losses.get(host.name)?.accepted })),
    cluster,
  });
  try {
    writePrivateFile(path, text);
  } catch (cause) {
    throw notWritable(path, cause);
  }
};

/** Throws `NodeprepError` (`usage`, `plan-stale`) before any host is contacted. */
export const loadSavedPlan = (path: string, inventory: Inventory, context: CommandContext): SavedPlan => {
  const decoded = decodePlan(read(path));
  const refusal = decoded.ok
    ? planFits(decoded.plan, { toolVersion: context.toolVersion, inventorySha256: inventory.sha256 })
    : decoded.refusal;
  if (refusal === undefined && decoded.ok) return decoded.plan;
  const { message, hint } = refusal ?? { message: 'the plan cannot be used', hint: undefined };
  throw new NodeprepError('plan-stale', `${path}: ${message}`, hint === undefined ? {} : { hint });
};

const read = (path: string): string => {
  try {
    if (statSync(path).size > largestBytes)
      throw new NodeprepError('plan-stale', `${path} is no plan: it is too large`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof NodeprepError) throw cause;
    throw new NodeprepError('usage', `the plan ${path} cannot be read: ${fileReason(cause)}`, { cause });
  }
};

/** What a fresh plan of a host does otherwise than was agreed to; undefined = nothing. */
export const refusalBySaved = (saved: SavedPlan, { host, plan }: Pick<PlannedHost, 'host' | 'plan'>) => {
  const differences = savedDifferences(saved, host.address, plan);
  const [first] = differences;
  if (first === undefined) return undefined;
  const { code, hint } = first;
  const message = differences.map(difference => difference.message).join('\n');
  return new NodeprepError(code, message, hint === undefined ? {} : { hint });
};

/**
 * Hosts whose fresh plan is not what was agreed to are refused; the others go on. A host with an interrupted run is as that
 * run left it: it is compared once the run has been settled.
 */
export const refuseDifferences = (
  { results, planned }: Pick<PlannedHosts, 'results' | 'planned'>,
  saved: SavedPlan,
): readonly HostResult[] =>
  results.map(result => {
    const host = planned.get(result.host);
    if (host === undefined || result.state !== 'ok' || host.unfinished) return result;
    const refusal = refusalBySaved(saved, host);
    if (refusal === undefined) return result;
    const { code, message, hint } = refusal;
    return {
      ...result,
      state: stateOfCode(code),
      error: { code, message, ...(hint === undefined ? {} : { hint }) },
    };
  });
