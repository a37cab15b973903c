import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyHost } from '../../src/commands/apply-host.ts';
import { NodeprepError } from '../../src/core/errors.ts';
import type { HostResult } from '../../src/core/result.ts';
import { lastEntry } from '../apply/engine-alone.ts';
import { fileChange, fileState, type HostRoot, makeHostRoot, runIds, sysctlChange } from '../apply/host-root.ts';
import {
  applyOptions,
  findingsBefore,
  leaveKilled,
  plannedFor,
  preparedHost,
  RUN_ID,
  recordingOf,
  replaying,
} from './prepared-host.ts';

const OTHER = '20261121-030000-dead';
const host = preparedHost();

let root: HostRoot;
let path: string;
let before: string;
beforeEach(() => {
  root = makeHostRoot();
  path = join(root.tree, 'a.conf');
  writeFileSync(path, 'a\n');
  before = root.fingerprint();
});
afterEach(() => root.remove());

const changes = () => [fileChange(path, fileState('a\n'), 'edited\n'), sysctlChange('net.ipv4.ip_forward', '1', '0')];
const statuses = (result: HostResult) => result.changes.map(({ status }) => status);
const unfinishedRun = (result: HostResult) => result.findings.find(({ check }) => check === 'unfinished-run');

describe('apply on one host', () => {
  test('changes, proves, and tells what is in force; its own run is no finding', async () => {
    const planned = plannedFor(host, changes(), { findings: await findingsBefore(host) });
    const result = await applyHost(planned, await applyOptions(root, host));
    expect(result).toMatchObject({ state: 'ok', outcome: 'changed', runtime: { cgroupDriver: 'systemd' } });
    expect(result).not.toHaveProperty('error');
    expect(statuses(result)).toEqual(['done', 'done']);
    expect(unfinishedRun(result)?.status).toBe('pass');
    expect(readFileSync(path, 'utf8')).toBe('edited\n');
  });

  test('takes everything back when something is wrong that was not', async () => {
    // The recorded host lacks cgroup controllers; before this run it is said to have had them.
    const planned = plannedFor(host, changes());
    const result = await applyHost(planned, await applyOptions(root, host));
    expect(result).toMatchObject({ state: 'failed', outcome: 'reverted', error: { code: 'verify-failed' } });
    expect(result.error?.message).toContain('cgroup controllers are missing');
    expect(statuses(result)).toEqual(['reverted', 'reverted']);
    expect(result.findings.length).toBeGreaterThan(20);
    expect(root.fingerprint()).toBe(before);
  });

  test('says that no sandbox was started where it may be missing', async () => {
    const planned = plannedFor(host, changes(), { findings: await findingsBefore(host) });
    const result = await applyHost(planned, await applyOptions(root, host));
    expect(result.findings.find(({ check }) => check === 'sandbox-runs')?.status).toBe('skip');
    expect(result.runtime?.sandbox).toBe('skipped');
  });

  test('takes everything back when the sandbox that must run cannot', async () => {
    const strict = preparedHost({ verify: { sandbox: 'required' } });
    const planned = plannedFor(strict, changes(), { findings: await findingsBefore(host) });
    const result = await applyHost(planned, await applyOptions(root, strict));
    expect(result.error).toMatchObject({ code: 'verify-failed', message: 'a recorded host starts no sandbox' });
    expect(result.outcome).toBe('reverted');
    expect(root.fingerprint()).toBe(before);
  });

  test('refuses a host that has moved on since the plan, and touches nothing', async () => {
    const planned = plannedFor(host, changes(), { findings: await findingsBefore(host) });
    writeFileSync(path, 'edited by hand\n');
    before = root.fingerprint();
    const result = await applyHost(planned, await applyOptions(root, host));
    expect(result).toMatchObject({ state: 'refused', outcome: 'unchanged', error: { code: 'guard-mismatch' } });
    expect(result.error?.message).toContain('a.conf has changed since the plan');
    expect(statuses(result)).toEqual(['not-run', 'not-run']);
    expect(root.fingerprint()).toBe(before);
  });

  test('Ctrl-C while it is at work: the step is finished, then all is taken back', async () => {
    const controller = new AbortController();
    const progress = {
      step: () => controller.abort(new NodeprepError('interrupted', 'interrupted')),
      note: () => undefined,
      done: () => undefined,
    };
    const planned = plannedFor(host, changes(), { findings: await findingsBefore(host) });
    const options = await applyOptions(root, host, { progress, signal: controller.signal });
    const result = await applyHost(planned, options);
    expect(result).toMatchObject({ state: 'failed', outcome: 'reverted' });
    expect(statuses(result)).not.toContain('done');
    expect(root.fingerprint()).toBe(before);
  });
});

describe('a plan that is refused', () => {
  test('is not begun', async () => {
    const refusals = [{ code: 'joined-node', message: 'this host is a node', hint: 'drain it' }] as const;
    const planned = plannedFor(host, [], { plan: { host: host.name, changes: [], later: [], refusals } });
    await expect(applyHost(planned, await applyOptions(root, host))).rejects.toMatchObject({
      code: 'joined-node',
      hint: 'drain it',
    });
    expect(runIds(root)).toEqual([]);
  });
});

describe('an interrupted run', () => {
  /** Its engine was killed after it had made its change, and before it could say so. */
  const leaveUnfinished = () => {
    leaveKilled(root, OTHER, on => [fileChange(join(on.tree, 'a.conf'), fileState('a\n'), 'edited\n')]);
    expect(root.fingerprint()).not.toBe(before);
  };

  test('is settled also where nothing is left to change', async () => {
    leaveUnfinished();
    const result = await applyHost(plannedFor(host, [], { unfinished: true }), await applyOptions(root, host));
    expect(result).toMatchObject({ state: 'ok', outcome: 'changed', changes: [] });
    expect(unfinishedRun(result)?.status).toBe('pass');
    expect(lastEntry(root, OTHER)).toContain(' settle - reverted');
    expect(root.fingerprint()).toBe(before);
    expect(runIds(root)).toEqual([OTHER]);
  });

  test('is settled before a saved plan is compared, and what goes beyond that is refused', async () => {
    leaveUnfinished();
    const saved = {
      schemaVersion: 1,
      toolVersion: 'x',
      inventorySha256: 'x',
      salt: 'f'.repeat(32),
      hosts: {},
    } as const;
    // The bare host's plan is long, and nothing of it was agreed to: it is refused before anything is run.
    const bare = replaying(root, recordingOf('trixie-bare'));
    const options = await applyOptions(root, host, { saved, open: async () => bare });
    await expect(applyHost(plannedFor(host, [], { unfinished: true }), options)).rejects.toMatchObject({
      code: 'plan-stale',
    });
    expect(lastEntry(root, OTHER)).toContain(' settle - reverted');
    expect(root.fingerprint()).toBe(before);
    expect(runIds(root)).not.toContain(RUN_ID);
  });
});
