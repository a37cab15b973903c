import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBase } from '../base.ts';
import { killCgroup, makeCgroups, removeCgroups } from '../cgroups.ts';
import { kubeletFiles } from '../cluster/kubelet-files.ts';
import { kubeletLayer } from '../cluster/layers.ts';
import { type ClusterVersion, DEFAULT_VERSION } from '../cluster/programs.ts';
import { childrenOf } from '../processes.ts';
import { LabError, sleep } from '../run.ts';
import { writeLayer } from './layer.ts';
import { type Behind, standBehind } from './runtime.ts';

export interface SyntheticHostOptions {
  /** Hostname, and name of its Node. */
  readonly name: string;
  /** Address of this machine at which sshd lets people into this host. */
  readonly address: string;
}

export interface SyntheticHostsOptions {
  /** Empty, and short: sockets are in it. */
  readonly directory: string;
  readonly hosts: readonly SyntheticHostOptions[];
  readonly version?: ClusterVersion;
  /** The stand-in of a kubelet was started, or has ended. */
  readonly onKubelet?: (name: string, isOn: boolean) => void;
}

export interface SyntheticHosts {
  readonly machineIds: ReadonlyMap<string, string>;
  /** Command for sshd's ForceCommand: it runs what was asked for in the host of the address that was connected to. */
  readonly enter: string;
  /** Directory of the host's root, as seen from here. */
  rootOf(name: string): string;
  close(): Promise<void>;
}

const BOOT_MS = 60_000;
/** Processes that start at the same time only wait for each other. */
const AT_ONCE = 4;
const boot = fileURLToPath(new URL('./root/synthetic-boot', import.meta.url));

interface Booted {
  readonly behind: Behind;
  readonly cgroup: string;
  readonly init: number;
  readonly launcher: ChildProcess;
}

/**
 * Hosts that are joined nodes on cgroupfs: each has a root directory, processes, network, hostname and cgroups of its own, Debian's userland
 * and its containerd's program, and stand-ins, named synthetic, for systemd's programs and for the daemons.
 */
export async function bootSyntheticHosts(options: SyntheticHostsOptions): Promise<SyntheticHosts> {
  const { directory, hosts, version = DEFAULT_VERSION } = options;
  const base = await ensureBase({ suite: 'trixie', packages: ['containerd', 'containernetworking-plugins'] });
  const layers = [writeLayer(join(directory, 'layer'), version, base), await kubeletLayer(version), ...base];
  const machineIds = new Map(hosts.map(({ name }) => [name, randomBytes(16).toString('hex')]));
  const booted = new Map<string, Booted>();
  const close = async (): Promise<void> => {
    for (const { behind, cgroup, launcher } of booted.values()) {
      killCgroup(cgroup);
      launcher.kill('SIGKILL');
      behind.close();
    }
    for (const { cgroup } of booted.values()) await removeCgroups(cgroup);
  };
  try {
    await inTurn(hosts, async host => {
      const machineId = machineIds.get(host.name) ?? '';
      booted.set(host.name, await bootHost(host, machineId, layers.join(':'), options));
    });
  } catch (error) {
    await close();
    throw error;
  }
  const rootOf = (name: string) => `/proc/${booted.get(name)?.init ?? 0}/root`;
  return { machineIds, enter: writeEnter(directory), rootOf, close };
}

async function bootHost(
  { name, address }: SyntheticHostOptions,
  machineId: string,
  lower: string,
  { directory, version = DEFAULT_VERSION, onKubelet }: SyntheticHostsOptions,
): Promise<Booted> {
  const place = (part: string): string => {
    const path = join(directory, name, part);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const [work, seed, run] = [place('work'), place('seed'), place('run')];
  writeSeed(seed, name, machineId, version);
  const behind = await standBehind(run, { version: '1.7.24', onKubelet: isOn => onKubelet?.(name, isOn) });
  const cgroup = `synthetic-${randomBytes(4).toString('hex')}-${name}`;
  const groups = makeCgroups(cgroup);
  const log = openSync(join(directory, name, 'console.log'), 'a');
  const enter = groups.map(group => `echo $$ >${group}/cgroup.procs`).join('\n');
  // Whoever ends without a word takes the hosts along.
  const script = `${enter}
    exec setpriv --pdeathsig KILL unshare --mount --propagation private --pid --net --uts --cgroup --fork --kill-child \\
      sh ${boot} ${work} ${seed} ${run} ${name} ${lower}`;
  const launcher = spawn('sh', ['-euc', script], { cwd: '/', stdio: ['ignore', log, log] });
  closeSync(log);
  await waitFor(name, launcher, () => existsSync(join(run, 'booted')), join(directory, name, 'console.log'));
  const [init = 0] = childrenOf(launcher.pid ?? 0);
  const unified = groups.find(group => existsSync(join(group, 'cgroup.events'))) ?? '';
  mkdirSync(join(directory, 'at'), { recursive: true });
  writeFileSync(join(directory, 'at', address), `${init} ${unified}/init.scope\n`);
  return { behind, cgroup, init, launcher };
}

async function waitFor(name: string, child: ChildProcess, isDone: () => boolean, log: string): Promise<void> {
  const end = Date.now() + BOOT_MS;
  while (!isDone()) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > end) {
      child.kill('SIGKILL');
      throw new LabError(`the synthetic host ${name} did not come up: ${readFileSync(log, 'utf8').slice(-2000)}`);
    }
    await sleep(20);
  }
}

function writeSeed(directory: string, name: string, machineId: string, version: ClusterVersion): void {
  const files: Readonly<Record<string, string>> = {
    ...kubeletFiles({
      options: { name },
      driver: 'cgroupfs',
      version,
      kubeadm: true,
      certificateAuthority: 'synthetic\n',
      clientPem: 'synthetic\n',
      server: 'https://127.0.0.1:6443',
    }),
    '/etc/machine-id': `${machineId}\n`,
    '/etc/hostname': `${name}\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

// The session is one of the host's own processes: it ends with the host, and with sshd's connection as everywhere.
function writeEnter(directory: string): string {
  const file = join(directory, 'synthetic-enter');
  const script = `#!/bin/sh
# synthetic: runs what was asked for in the host that has the address of this connection.
set -- $SSH_CONNECTION
read -r init cgroup <${directory}/at/$3 || exit 255
echo $$ >"$cgroup/cgroup.procs"
exec nsenter --target "$init" --mount --uts --net --pid --cgroup /bin/sh -c "$SSH_ORIGINAL_COMMAND"
`;
  writeFileSync(file, script, { mode: 0o755 });
  return file;
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
