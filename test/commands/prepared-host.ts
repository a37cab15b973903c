import { cpSync, readFileSync } from 'node:fs';
import type { Change } from '../../src/changes/change.ts';
import type { ApplyHostOptions } from '../../src/commands/apply-host.ts';
import { lookAgain } from '../../src/commands/look-again.ts';
import type { PlannedHost } from '../../src/commands/plan-hosts.ts';
import type { Connection } from '../../src/connect/connection.ts';
import { openRecorded, parseRecording } from '../../src/connect/recorded.ts';
import type { Recording } from '../../src/connect/recording.ts';
import { createRedactor } from '../../src/core/redact.ts';
import type { InventoryHost } from '../../src/inventory/inventory.ts';
import { placeRun, runEngine } from '../apply/engine-alone.ts';
import { type HostRoot, makeHostRoot, pointsPassed, stopAt } from '../apply/host-root.ts';
import { hostNamed } from './support.ts';

export const recordingOf = (name: string): Recording => {
  const file = new URL(`../fixtures/hosts/${name}/recording.json`, import.meta.url);
  return parseRecording(readFileSync(file), file.pathname);
};

const flags = { withoutDrain: false, allowIrreversible: false };
const redact = createRedactor('test');
const today = '2026-11-21';
export const RUN_ID = '20261121-040000-aaaa';
export const settle = 'nodeprep recover inventory.yaml --limit trixie-prepared';

export const prepared = recordingOf('trixie-prepared');
export const preparedHost = (over: Partial<InventoryHost['desired']> = {}): InventoryHost => {
  if (prepared.desired === undefined) throw new Error('the recording has no desired state');
  return { ...hostNamed(prepared.host), desired: { ...prepared.desired, ...over } };
};

/** Programs run on the host root; facts are those of a recorded host, as if the root were that host. */
export const replaying = (root: HostRoot, replay: Recording = prepared): Connection => ({ ...root.connect(), replay });

/** Plans that are made in the middle of a run come from the recording and would be carried out on this machine. */
const requireEmptyPlan = async (host: InventoryHost): Promise<void> => {
  const open = async () => openRecorded(prepared);
  const { plan } = await lookAgain(host, { open, identity: { runId: '-' }, flags, today, redact, agreed: undefined });
  if (plan.changes.length > 0) throw new Error(`this recording is not prepared: ${JSON.stringify(plan.changes)}`);
};

export const applyOptions = async (
  root: HostRoot,
  host: InventoryHost,
  over: Partial<ApplyHostOptions> = {},
): Promise<ApplyHostOptions> => {
  await requireEmptyPlan(host);
  const connection = replaying(root);
  return {
    open: async () => connection,
    programs: root.programs,
    identity: { runId: RUN_ID, holder: 'ops@test' },
    flags,
    today,
    redact,
    progress: { step: () => undefined, note: () => undefined, done: () => undefined },
    signal: new AbortController().signal,
    saved: undefined,
    settle,
    ...over,
  };
};

export const plannedFor = (host: InventoryHost, changes: readonly Change[], over: Partial<PlannedHost> = {}) =>
  ({
    host,
    plan: { host: host.name, changes, later: [], refusals: [] },
    findings: [],
    result: { host: host.name, address: host.address, state: 'ok', findings: [], changes: [] },
    unfinished: false,
    ...over,
  }) satisfies PlannedHost;

/** What the recorded host was found to have, so that only what is new counts against a run. */
export const findingsBefore = async (host: InventoryHost) => {
  const open = async () => openRecorded(prepared);
  return (await lookAgain(host, { open, identity: { runId: '-' }, flags, today, redact, agreed: undefined })).findings;
};

/** A run whose engine died with all its changes made and before it could say so. */
export const leaveKilled = (root: HostRoot, runId: string, changes: (root: HostRoot) => readonly Change[]): void => {
  const whole = makeHostRoot();
  cpSync(root.tree, whole.tree, { recursive: true });
  placeRun(whole, runId, [changes(whole)]);
  stopAt(whole, 1_000_000);
  runEngine(whole, runId, 'run');
  const points = pointsPassed(whole);
  whole.remove();

  placeRun(root, runId, [changes(root)]);
  stopAt(root, points - 1);
  runEngine(root, runId, 'run');
  stopAt(root, undefined);
  if (/ settle /.test(root.journal(runId))) throw new Error('the run was not killed before its end');
};
