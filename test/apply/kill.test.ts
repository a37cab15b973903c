import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { lastEntry, placeRun, runEngine, startEngine } from './engine-alone.ts';
import {
  directoryChange,
  fileChange,
  fileState,
  type HostRoot,
  makeHostRoot,
  pointsPassed,
  stopAt,
  sysctlChange,
} from './host-root.ts';

const RUN = '20261121-020000-aaaa';

/** Two rounds of every kind that needs no root, with every sort of before and after. */
const rounds = (host: HostRoot) => [
  [
    fileChange(join(host.tree, 'new/new.conf'), { state: 'absent' }, 'new\n'),
    fileChange(join(host.tree, 'old.conf'), fileState('old\n'), 'other\n', { validate: ['grep', '-q', 'other', '{}'] }),
    fileChange(join(host.tree, 'link'), { state: 'symlink', target: 'real' }, 'a file now\n'),
  ],
  [
    directoryChange(join(host.tree, 'made/by/us')),
    sysctlChange('net.ipv4.ip_forward', '1', '0'),
    fileChange(join(host.tree, 'old.conf'), fileState('other\n'), { state: 'absent' }),
  ],
];

const populated = (): HostRoot => {
  const host = makeHostRoot();
  writeFileSync(join(host.tree, 'old.conf'), 'old\n');
  mkdirSync(join(host.tree, 'real'));
  symlinkSync('real', join(host.tree, 'link'));
  return host;
};

const hosts: HostRoot[] = [];
/** One step of each way to undo: what is killed here is the undoing. */
const undoable = (host: HostRoot) => [
  [
    fileChange(join(host.tree, 'old.conf'), fileState('old\n'), 'other\n'),
    fileChange(join(host.tree, 'new/new.conf'), { state: 'absent' }, 'new\n'),
    sysctlChange('net.ipv4.ip_forward', '1', '0'),
  ],
];

const fresh = (steps = rounds) => {
  const host = populated();
  hosts.push(host);
  placeRun(host, RUN, steps(host));
  return host;
};
afterEach(() => {
  for (const host of hosts.splice(0)) host.remove();
});

/** Points that a whole run of the mode passes. */
const countPoints = (
  mode: 'run' | 'recover' | 'rollback',
  prepare: (host: HostRoot) => void,
  steps = rounds,
): number => {
  const host = fresh(steps);
  prepare(host);
  stopAt(host, 1_000_000);
  expect(runEngine(host, RUN, mode)).toMatchObject({ code: 0, stderr: '' });
  return pointsPassed(host);
};

const killedAt = (host: HostRoot, mode: 'run' | 'recover' | 'rollback', point: number) => {
  stopAt(host, point);
  const killed = runEngine(host, RUN, mode);
  stopAt(host, undefined);
  return killed;
};

/** Command lines that name the host's directory. */
const processesOf = (host: HostRoot): readonly string[] =>
  readdirSync('/proc').flatMap(pid => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return commandLine.includes(host.root) ? [commandLine] : [];
    } catch {
      // It ended while we looked.
      return [];
    }
  });

describe('a host program killed with SIGKILL', { timeout: 240_000 }, () => {
  test('at any point of a run is settled by recover: all as before, or committed', () => {
    const points = countPoints('run', () => undefined);
    expect(points).toBeGreaterThan(40);
    for (let point = 1; point <= points; point += 1) {
      const host = fresh();
      const before = host.fingerprint();
      killedAt(host, 'run', point);
      const committed = lastEntry(host, RUN).endsWith('settle - committed');
      expect(runEngine(host, RUN, 'recover'), `point ${point}`).toMatchObject({ code: 0, stderr: '' });
      if (!committed) expect(host.fingerprint(), `point ${point}`).toBe(before);
      expect(lastEntry(host, RUN), `point ${point}`).toMatch(/ settle - (unchanged|reverted|committed) *$/);
      host.remove();
    }
  });

  test('at any point of a recover is settled by the next one', () => {
    // After the last step, before the commit.
    const last = countPoints('run', () => undefined, undoable) - 2;
    const halfway = (host: HostRoot) => void killedAt(host, 'run', last);
    const points = countPoints('recover', halfway, undoable);
    for (let point = 1; point <= points; point += 1) {
      const host = fresh(undoable);
      const before = host.fingerprint();
      halfway(host);
      killedAt(host, 'recover', point);
      expect(runEngine(host, RUN, 'recover')).toMatchObject({ code: 0, stderr: '' });
      expect(host.fingerprint(), `point ${point}`).toBe(before);
      host.remove();
    }
  });

  test('at any point of a rollback is finished by recover', () => {
    const committed = (host: HostRoot) => void runEngine(host, RUN, 'run');
    const points = countPoints('rollback', committed, undoable);
    for (let point = 1; point <= points; point += 1) {
      const host = fresh(undoable);
      const before = host.fingerprint();
      committed(host);
      const after = host.fingerprint();
      killedAt(host, 'rollback', point);
      expect(runEngine(host, RUN, 'recover'), host.journal(RUN)).toMatchObject({ code: 0, stderr: '' });
      expect(lastEntry(host, RUN)).toMatch(/ settle - (rolled-back|committed) *$/);
      // Killed before its first word it has not begun.
      const begun = host.journal(RUN).includes(' rollback - ');
      expect(host.fingerprint(), `point ${point}`).toBe(begun ? before : after);
      host.remove();
    }
  });

  test('alone, while what does its step lives on: recover ends that first', async () => {
    const host = makeHostRoot();
    hosts.push(host);
    writeFileSync(join(host.tree, 'old.conf'), 'old\n');
    const before = host.fingerprint();
    const started = join(host.root, 'started');
    // A check of the staged file that would let the file go live after the engine is long dead.
    const validate = ['sh', '-c', `: >"$1"; sleep 2`, 'sh', started];
    placeRun(host, RUN, [[fileChange(join(host.tree, 'old.conf'), fileState('old\n'), 'new\n', { validate })]]);
    const engine = startEngine(host, RUN, 'run');
    await vi.waitFor(() => expect(existsSync(started)).toBe(true), { timeout: 10_000 });
    engine.kill('SIGKILL');
    await once(engine, 'exit');
    expect(runEngine(host, RUN, 'recover')).toMatchObject({ code: 0, stderr: '' });
    expect(lastEntry(host, RUN)).toMatch(/ settle - reverted *$/);
    expect(processesOf(host)).toEqual([]);
    expect(host.fingerprint()).toBe(before);
  });
});
