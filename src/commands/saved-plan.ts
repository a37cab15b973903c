import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { NodeprepError } from '../core/errors.ts';
import type { HostResult } from '../core/result.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { decodePlan, encodePlan, planFits, type SavedPlan, savedDifferences } from '../plan/plan-file.ts';
import type { CommandContext } from './context.ts';
import type { PlannedHost, PlannedHosts } from './plan-hosts.ts';

const largestBytes = 64 * 1024 * 1024;

/** Writes the plan readable by its owner only, whole or not at all. */
export const savePlan = (
  path: string,
  inventory: Inventory,
  planned: ReadonlyMap<string, PlannedHost>,
  context: CommandContext,
): void => {
  const text = encodePlan({
    toolVersion: context.toolVersion,
    inventorySha256: inventory.sha256,
    salt: randomBytes(16).toString('hex'),
    hosts: [...planned.values()]
      .filter(({ plan }) => plan.refusals.length === 0)
      .map(({ host, plan }) => ({ address: host.address, plan })),
  });
  const part = `${path}.part-${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(part, text, { mode: 0o600 });
    renameSync(part, path);
  } catch (cause) {
    throw new NodeprepError('usage', `the plan cannot be written to ${path}: ${reasonOf(cause)}`, { cause });
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
    throw new NodeprepError('usage', `the plan ${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Hosts whose fresh plan is not what was agreed to are refused; the others go on. */
export const refuseDifferences = ({ results, planned }: PlannedHosts, saved: SavedPlan): readonly HostResult[] =>
  results.map(result => {
    const host = planned.get(result.host);
    if (host === undefined || result.state !== 'ok') return result;
    const differences = savedDifferences(saved, host.host.address, host.plan);
    const [first] = differences;
    if (first === undefined) return result;
    const message = differences.map(difference => difference.message).join('\n');
    const { code, hint } = first;
    return { ...result, state: 'refused', error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  });
