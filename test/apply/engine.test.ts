import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { drive, RUN_ID } from './drive.ts';
import {
  busyboxShell,
  dash,
  directoryChange,
  fileChange,
  fileState,
  type HostRoot,
  makeHostRoot,
  sysctlChange,
} from './host-root.ts';
import type { LocalShell } from './local-connection.ts';

const busybox = busyboxShell();
const shells: readonly (readonly [string, LocalShell | string])[] = [
  ['sh', dash],
  ['a busybox userland', busybox],
];

let host: HostRoot;
afterEach(() => host?.remove());

/** Names that only survive right quoting. */
const nasty = `it's a "dir" $(touch pwned) \`x\` \n;#`;

const populate = (root: HostRoot) => {
  mkdirSync(join(root.tree, nasty), { recursive: true });
  writeFileSync(join(root.tree, nasty, 'old.conf'), 'old\n');
  chmodSync(join(root.tree, nasty, 'old.conf'), 0o600);
  writeFileSync(join(root.tree, 'gone.conf'), 'to be removed\n');
  symlinkSync('old-target', join(root.tree, 'link'));
  mkdirSync(join(root.tree, 'real'));
  symlinkSync('real', join(root.tree, 'link-to-directory'));
};

const everyKind = (root: HostRoot) => [
  fileChange(join(root.tree, 'new/deep/new.conf'), { state: 'absent' }, `${nasty} é \\ % \u0000`),
  fileChange(join(root.tree, nasty, 'old.conf'), fileState('old\n', '0600'), 'new\n'),
  fileChange(join(root.tree, 'gone.conf'), fileState('to be removed\n'), { state: 'absent' }),
  fileChange(join(root.tree, 'link'), { state: 'symlink', target: 'old-target' }, { state: 'symlink', target: nasty }),
  fileChange(join(root.tree, 'link-to-directory'), { state: 'symlink', target: 'real' }, 'a file now\n', {
    phase: 'switch',
  }),
  directoryChange(join(root.tree, 'made/by/us'), '0711', { phase: 'switch' }),
  sysctlChange('net.ipv4.ip_forward', '1', '0'),
];

describe.each(shells)('the host program under %s', (_name, shell) => {
  const available = typeof shell === 'string' ? undefined : shell;
  const start = () => {
    host = makeHostRoot(available);
    populate(host);
    return host.fingerprint();
  };
  const check = test.skipIf(available === undefined);

  check('does every kind and commits', async () => {
    start();
    const run = await drive(host, everyKind(host));
    expect(run.end).toEqual({ kind: 'settled', word: 'committed' });
    expect(readFileSync(join(host.tree, 'new/deep/new.conf'), 'utf8')).toBe(`${nasty} é \\ % \u0000`);
    expect(readFileSync(join(host.tree, nasty, 'old.conf'), 'utf8')).toBe('new\n');
    expect(existsSync(join(host.tree, 'gone.conf'))).toBe(false);
    expect(readFileSync(join(host.tree, 'link-to-directory'), 'utf8')).toBe('a file now\n');
    expect(host.fingerprint()).toContain('tree/made/by/us d 711');
    expect(readFileSync(join(host.root, 'sys/net/ipv4/ip_forward'), 'utf8')).toBe('1\n');
  });

  check('keeps the cluster of the host with the run, and nothing where it is of none', async () => {
    start();
    const [change, other] = everyKind(host);
    if (change === undefined || other === undefined) throw new Error('two changes are needed');
    const identity = { runId: RUN_ID, holder: 'ops@test' };
    const second = { ...identity, runId: '20261121-020001-bbbb' };
    await drive(host, [change], { identity: { ...identity, cluster: 'b01f-22' } });
    await drive(host, [other], { identity: second });
    const kept = (runId: string) => join(host.base, 'runs', runId, 'cluster');
    expect(readFileSync(kept(RUN_ID), 'utf8')).toBe('b01f-22\n');
    expect(existsSync(kept(second.runId))).toBe(false);
  });

  check('reverts to exactly what was there when verify fails', async () => {
    const before = start();
    const run = await drive(host, everyKind(host), { verify: async () => ({ ok: false, reason: 'CRI is dead' }) });
    expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
    expect(run.refusal).toEqual({ code: 'verify-failed', reason: 'CRI is dead' });
    expect(host.fingerprint()).toBe(before);
  });

  check('touches nothing when one guard does not hold', async () => {
    start();
    writeFileSync(join(host.tree, 'gone.conf'), 'edited\n');
    const before = host.fingerprint();
    const run = await drive(host, everyKind(host));
    expect(run.end).toEqual({ kind: 'settled', word: 'unchanged' });
    expect(run.progress.failure).toMatchObject({ event: 'mismatch', step: '1-3' });
    expect(run.progress.failure?.reason).toContain('gone.conf has changed since the plan');
    expect(host.fingerprint()).toBe(before);
  });

  check('refuses a file that its program does not accept, with its words, and reverts', async () => {
    const before = start();
    const path = join(host.tree, 'checked.conf');
    const validate = [
      'sh',
      '-c',
      'grep -q good "$1" || { echo "line 1: bad key, token=geheim" >&2; exit 3; }',
      'sh',
      '{}',
    ];
    const bad = fileChange(path, { state: 'absent' }, 'bad\n', { validate });
    const run = await drive(host, [...everyKind(host).slice(0, 2), bad]);
    expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
    expect(run.progress.failure?.reason).toContain('line 1: bad key');
    expect(host.journal(RUN_ID)).not.toContain('geheim');
    expect(host.fingerprint()).toBe(before);
    host.remove();
    start();
    const good = await drive(host, [
      fileChange(path.replace(/.*\/tree/, host.tree), { state: 'absent' }, 'good\n', { validate }),
    ]);
    expect(good.end).toEqual({ kind: 'settled', word: 'committed' });
  });

  check('runs rounds in one go and reverts all of them together', async () => {
    const before = start();
    const [first, second, ...rest] = everyKind(host);
    const decisions = [[second], rest];
    const run = await drive(host, first === undefined ? [] : [first], {
      afterRound: async round => {
        const changes = decisions[round - 1];
        return changes === undefined
          ? { kind: 'verify' }
          : { kind: 'next', changes: changes.filter(change => change !== undefined) };
      },
      verify: async () => ({ ok: false, reason: 'no' }),
    });
    expect(run.manifests.map(manifest => manifest.steps.length)).toEqual([1, 1, 5]);
    expect([...run.progress.steps.values()]).toEqual(Array.from({ length: 7 }, () => 'undone'));
    expect(host.fingerprint()).toBe(before);
  });
});

test.runIf(typeof busybox === 'string')(`a busybox userland is not tested here: ${busybox}`, () => {
  expect(busybox).toBeTypeOf('string');
});
