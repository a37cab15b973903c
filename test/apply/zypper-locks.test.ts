import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { heldNames } from '../../src/facts/rpm-holds.ts';

const templates = fileURLToPath(new URL('../../templates/host/', import.meta.url));
let directory: string;
let locks: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nodeprep-zypper-'));
  locks = join(directory, 'locks');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Functions of package-zypper.sh over a file of locks; neither rpm nor zypper is there. */
const sh = (script: string): string => {
  const program = `. ${templates}library.sh; . ${templates}hold.sh; . ${templates}rpm.sh; . ${templates}package-zypper.sh
MANAGER=zypper RUN=${directory} OUT=${directory}/out BASE=${directory}/base BACKUP=${directory}/backup
mkdir -p "$BACKUP"
ZYPP_LOCKS=${locks}
staged_name() { printf '%s.new' "$1"; }
sync_path() { :; }
rpm_version() { printf 1; }
${script}`;
  const { stdout, stderr } = spawnSync('sh', ['-c', program], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
};

const lockOf = (name: string, ...more: readonly string[]): string =>
  ['type: package', 'match_type: glob', 'case_sensitive: on', `solvable_name: ${name}`, ...more, ''].join('\n');

describe('what a lock of zypper holds, to the host and to the plan', () => {
  test.each<[string, string, string, 'yes' | 'no']>([
    ['nothing', '', 'runc', 'no'],
    ['the package', lockOf('containerd.io'), 'containerd.io', 'yes'],
    ['a dot is a dot', lockOf('containerd.io'), 'containerd-io', 'no'],
    ['a glob', `# mine\n${lockOf('docker*')}`, 'docker-ce', 'yes'],
    ['a glob of another', lockOf('docker*'), 'cri-dockerd', 'no'],
    ['the second of two', `${lockOf('kubelet')}\n${lockOf('run?')}`, 'runc', 'yes'],
    ['some versions of it', lockOf('runc', 'version: > 2'), 'runc', 'no'],
    ['of one repository', lockOf('runc', 'repo: oss'), 'runc', 'no'],
    ['a patch', 'type: patch\nmatch_type: glob\nsolvable_name: runc\n', 'runc', 'no'],
    ['part of its name', 'type: package\nsolvable_name: ainerd\n', 'containerd.io', 'yes'],
    ['exactly', 'match_type: exact\nsolvable_name: runc\n', 'runc', 'yes'],
  ])('%s', (_, text, name, held) => {
    writeFileSync(locks, text);
    expect(sh(`manager_held ${name}`)).toBe(held);
    const printed = text.replace(/^/gm, 'zypp ');
    expect(heldNames(printed, [name])).toEqual(held === 'yes' ? [name] : []);
  });
});

describe('a lock of ours', () => {
  test.each([
    ['in no file', undefined],
    ['in an empty file', ''],
    ['beside others, with a comment', `# of the administrator\n${lockOf('kernel*')}`],
    ['beside one of some versions', lockOf('containerd.io', 'version: > 2')],
  ])('%s, and back', (_, before) => {
    if (before !== undefined) writeFileSync(locks, before);
    sh('rpm_hold_save containerd.io; manager_hold containerd.io; manager_hold containerd.io');
    expect(readFileSync(locks, 'utf8')).toBe(`${before ?? ''}\n${lockOf('containerd.io')}`);
    sh('rpm_hold_back containerd.io');
    expect(existsSync(locks) ? readFileSync(locks, 'utf8') : undefined).toBe(before);
  });

  test('goes alone where somebody has added another one since', () => {
    writeFileSync(locks, lockOf('kernel*'));
    sh('rpm_hold_save containerd.io; manager_hold containerd.io');
    writeFileSync(locks, `${readFileSync(locks, 'utf8')}\n${lockOf('later')}`);
    sh('rpm_hold_back containerd.io');
    expect(sh('for n in containerd.io kernel-default later; do manager_held $n; done')).toBe('noyesyes');
  });

  test('of somebody else stays', () => {
    writeFileSync(locks, lockOf('containerd*'));
    sh('rpm_hold_save containerd.io; manager_hold containerd.io; rpm_hold_back containerd.io');
    expect(readFileSync(locks, 'utf8')).toBe(lockOf('containerd*'));
  });
});

test('zypper is given the locks of all others, and none of ours', () => {
  writeFileSync(locks, `${lockOf('containerd*')}\n${lockOf('kernel*')}`);
  const given = sh(`rpm_take_hold runc; rpm_take_hold docker-ce
bounded() { :; }
zypper_run containerd.io refresh; cat "$RUN/zypp-locks"`);
  expect(given).toBe(`${lockOf('kernel*')}\n`);
  // One of somebody else that names the same package stays.
  writeFileSync(locks, `${lockOf('run?')}\n${lockOf('runc')}`);
  expect(sh('bounded() { :; }; zypper_run containerd.io refresh; cat "$RUN/zypp-locks"')).toBe(`${lockOf('run?')}\n`);
});

test('zypper is given the locks of all others', () => {
  writeFileSync(locks, `${lockOf('containerd*')}\n${lockOf('runc')}`);
  expect(sh('zypper_stanzas others containerd.io "$ZYPP_LOCKS"')).toBe(`${lockOf('runc')}\n`);
});

test('why zypper would not (recorded)', () => {
  writeFileSync(
    join(directory, 'out'),
    `Loading repository data...
Resolving package dependencies...

Problem: 1: the to be installed containerd.io-1.7.24-3.1.el9.x86_64 requires 'container-selinux >= 2:2.74', but this requirement cannot be provided
not installable providers: container-selinux-2:2.235.0-1.el9.noarch[nodeprep-docker]

 Solution 1: do not install containerd.io-1.7.24-3.1.el9.x86_64
 Solution 2: remove lock to allow installation of container-selinux-2:2.235.0-1.el9.noarch[nodeprep-docker]
 Solution 3: break containerd.io-1.7.24-3.1.el9.x86_64 by ignoring some of its dependencies

Choose from above solutions by number or cancel [1/2/3/c/d/?] (c): c
`,
  );
  expect(sh('manager_reason')).toBe(
    `Problem: 1: the to be installed containerd.io-1.7.24-3.1.el9.x86_64 requires 'container-selinux >= 2:2.74', but this requirement cannot be provided
container-selinux-2:2.235.0-1.el9.noarch is locked (zypper locks)`,
  );
});
