import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHostTemplates } from '../../src/apply/host-templates.ts';
import { defaultHostSettings, type HostPrograms, type HostSettings, hostPrograms } from '../../src/apply/programs.ts';
import type { Change, DirectoryChange, FileChange, PathState, SysctlChange } from '../../src/changes/change.ts';
import type { Connection } from '../../src/connect/connection.ts';
import { type LocalShell, localConnection } from './local-connection.ts';

/** A directory that stands for a host: what a run may change is under `tree`, what it keeps under `base`. */
export interface HostRoot {
  readonly root: string;
  readonly tree: string;
  readonly base: string;
  readonly settings: HostSettings;
  readonly programs: HostPrograms;
  connect(): Connection;
  /** Every path under `tree` with type, mode, owner, content. */
  fingerprint(): string;
  journal(runId: string): string;
  remove(): void;
}

export const dash: LocalShell = { command: 'sh', args: [] };

/** A shell whose whole userland is busybox, or why there is none. */
export const busyboxShell = (): LocalShell | string => {
  const found = spawnSync('busybox', ['--list'], { encoding: 'utf8' });
  if (found.status !== 0) return 'busybox is not installed';
  const applets = found.stdout.split('\n');
  const needed = ['sh', 'base64', 'sha256sum', 'stat', 'sync', 'setsid', 'find', 'timeout', 'dd'];
  const missing = needed.filter(applet => !applets.includes(applet));
  if (missing.length > 0) return `this busybox has no ${missing.join(', ')}`;
  const bin = mkdtempSync(join(tmpdir(), 'nodeprep-busybox-'));
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
  for (const applet of applets.filter(name => name !== '')) symlinkSync(busybox, join(bin, applet));
  // Debian builds its busybox without flock.
  if (!applets.includes('flock')) {
    const flock = spawnSync('sh', ['-c', 'command -v flock'], { encoding: 'utf8' });
    if (flock.status !== 0) return 'neither busybox nor this machine has flock';
    symlinkSync(flock.stdout.trim(), join(bin, 'flock'));
  }
  return { command: join(bin, 'sh'), args: [], env: { PATH: bin } };
};

/** A host program that ends may write there still, and what it writes while `rmSync` is at work stays behind its back. */
const removeTree = (root: string, attemptsLeft = 50): void => {
  try {
    rmSync(root, { recursive: true, force: true });
  } catch (error) {
    if (attemptsLeft === 0) throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    removeTree(root, attemptsLeft - 1);
  }
};

/** Where the host program works when the directory stands for the host; nothing of this machine is among it. */
export const placesOf = (root: string) => ({
  base: join(root, 'base'),
  procSys: join(root, 'sys'),
  cgroups: join(root, 'cgroup'),
  run: join(root, 'run'),
  units: join(root, 'tree/units'),
});

export const makeHostRoot = (shell: LocalShell = dash, holdSeconds = 30): HostRoot => {
  const root = mkdtempSync(join(tmpdir(), 'nodeprep-host-'));
  const tree = join(root, 'tree');
  const base = join(root, 'base');
  mkdirSync(tree);
  mkdirSync(join(root, 'sys/net/ipv4'), { recursive: true });
  writeFileSync(join(root, 'sys/net/ipv4/ip_forward'), '0\n');
  const settings = { ...defaultHostSettings, ...placesOf(root), watchSeconds: 2, holdSeconds };
  return {
    root,
    tree,
    base,
    settings,
    programs: hostPrograms(readHostTemplates(), settings),
    connect: () => localConnection(shell),
    fingerprint: () =>
      execFileSync(
        'sh',
        [
          '-c',
          'cd "$1" && find tree sys -printf "%p %y %m %U %G %l\\n" -type f -exec sha256sum {} \\; | sort',
          'sh',
          root,
        ],
        { encoding: 'utf8' },
      ),
    journal: runId => readFileSync(join(base, 'runs', runId, 'journal'), 'utf8'),
    // What an engine started may still end and write.
    remove: () => removeTree(root),
  };
};

/** The engine kills itself at this point (docs/adr/0005); undefined = it lives. */
export const stopAt = (host: HostRoot, point: number | undefined): void => {
  mkdirSync(host.base, { recursive: true, mode: 0o700 });
  if (point === undefined) rmSync(join(host.base, 'stop-at'), { force: true });
  else writeFileSync(join(host.base, 'stop-at'), `${point}\n`);
};

export const pointsPassed = (host: HostRoot): number =>
  readFileSync(join(host.base, 'points'), 'utf8').trimEnd().split('\n').length;

export const runIds = (host: HostRoot): readonly string[] => {
  const runs = join(host.base, 'runs');
  return existsSync(runs) ? readdirSync(runs).filter(name => !name.startsWith('.')) : [];
};

const common = {
  summary: 'a test',
  because: 'a test',
  disruption: 'none',
  reversible: true,
  phase: 'stage',
} as const;

const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;

export const fileState = (text: string, mode = '0644'): PathState => ({
  state: 'file',
  sha256: createHash('sha256').update(text).digest('hex'),
  mode,
  uid,
  gid,
});

export const fileChange = (
  path: string,
  before: PathState,
  after: string | FileChange['after'],
  rest: Partial<FileChange> = {},
): FileChange => ({
  ...common,
  kind: 'file',
  id: `file:${path}`,
  target: path,
  path,
  before,
  after: typeof after === 'string' ? { state: 'file', text: after, mode: '0644', uid, gid } : after,
  ...rest,
});

export const directoryChange = (path: string, mode = '0750', rest: Partial<DirectoryChange> = {}): DirectoryChange => ({
  ...common,
  kind: 'directory',
  id: `directory:${path}`,
  target: path,
  path,
  mode,
  ...rest,
});

export const sysctlChange = (key: string, value: string, before: string | null): SysctlChange => ({
  ...common,
  kind: 'sysctl',
  id: `sysctl:${key}`,
  target: key,
  key,
  value,
  before,
});

export const asChanges = (changes: readonly Change[]): readonly Change[] => changes;
