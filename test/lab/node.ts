import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { leaseAddress, releaseAddress } from './addresses.ts';
import { ensureBase } from './base.ts';
import { withLock } from './lock.ts';
import { findInit, initOf, isOn, powerLoss, powerOff, powerOn } from './power.ts';
import { identify, isAlive } from './processes.ts';
import { listRecords, loadRecord, type NodeRecord, nodeDirectory, saveRecord } from './record.ts';
import { LabError, type RunOptions, type RunResult, run, sleep } from './run.ts';
import { type CgroupView, IDENTITY_FILE, type Suite } from './settings.ts';
import { ssh, sshAnswers } from './ssh.ts';

export interface BootOptions {
  suite: Suite;
  /** Unique in the lab; made up when left out. */
  name?: string;
  /** The node's own hostname, where several nodes of different tests need the same one. Default: the name. */
  hostname?: string;
  cgroup?: CgroupView;
  /** Packages that are there from the start; the first node that asks for them pays, the others do not. */
  packages?: readonly string[];
  /** Read-only layers of the caller's own, on top of those of the suite. */
  layers?: readonly string[];
  /** Files laid into the root before the first boot: path → content. */
  files?: Record<string, string>;
  /** The node stays when this process ends (default: it is removed by the next user of the lab). */
  keep?: boolean;
  log?: (line: string) => void;
}

export interface LabNode {
  readonly name: string;
  readonly hostname: string;
  readonly suite: Suite;
  readonly cgroup: CgroupView;
  readonly address: string;
  readonly port: number;
  /** The user with sudo without password. */
  readonly user: string;
  readonly identityFile: string;
  /** A root shell in the node that leaves no trace in sshd's or sudo's logs. Any exit code is an answer. */
  exec(command: string, options?: RunOptions): Promise<RunResult>;
  /** Like `exec`, for commands that have to succeed: gives their standard output without the last line end. */
  sh(command: string, options?: RunOptions): Promise<string>;
  ssh(command: string, options?: RunOptions & { user?: string }): Promise<RunResult>;
  isOn(): boolean;
  /** Orderly shutdown. */
  stop(): Promise<void>;
  /** Power loss: every process of the node ends at once. */
  kill(): Promise<void>;
  /** Boots the same root again. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const BOOT_TIMEOUT_MS = 90_000;

/** Boots a fresh node and returns once its sshd answers. */
export async function bootNode(options: BootOptions): Promise<LabNode> {
  await removeOrphans();
  const layers = [...(options.layers ?? []), ...(await ensureBase(options))];
  const record = await createRecord(options, layers);
  const node = labNode(record);
  try {
    writeIdentity(record);
    for (const [path, content] of Object.entries(options.files ?? {})) writeUpper(record, path, content);
    await node.start();
    return node;
  } catch (error) {
    await node.remove();
    throw error;
  }
}

export async function bootNodes(count: number, options: BootOptions): Promise<LabNode[]> {
  await ensureBase(options);
  const names = Array.from({ length: count }, (_, i) => (options.name ? { name: `${options.name}-${i + 1}` } : {}));
  return Promise.all(names.map(name => bootNode({ ...options, ...name })));
}

export function findNode(name: string): LabNode | undefined {
  const record = loadRecord(name);
  return record && labNode(record);
}

export function listNodes(): LabNode[] {
  return listRecords().map(labNode);
}

function createRecord(options: BootOptions, layers: string[]): Promise<NodeRecord> {
  const name = options.name ?? `${options.suite}-${randomBytes(3).toString('hex')}`;
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) throw new LabError(`${name}: names are a-z, 0-9 and -, at most 31`);
  return withLock('nodes', async () => {
    if (existsSync(nodeDirectory(name))) throw new LabError(`a node ${name} exists already`);
    const owner = options.keep ? undefined : identify(process.pid);
    const record: NodeRecord = {
      name,
      hostname: options.hostname ?? name,
      suite: options.suite,
      cgroup: options.cgroup ?? 'v2',
      address: leaseAddress(name),
      layers,
      ...(owner && { owner }),
    };
    saveRecord(record);
    return record;
  });
}

function labNode(record: NodeRecord): LabNode {
  // Read anew each time: another process may have stopped or started the node meanwhile.
  const now = (): NodeRecord => loadRecord(record.name) ?? record;
  return {
    name: record.name,
    hostname: record.hostname,
    suite: record.suite,
    cgroup: record.cgroup,
    address: record.address,
    port: 22,
    user: 'ops',
    identityFile: IDENTITY_FILE,
    exec: (command, options) => execIn(now(), command, options),
    sh: (command, options) => shellIn(now(), command, options),
    ssh: (command, { user = 'ops', ...options } = {}) => ssh(user, record.address, command, options),
    isOn: () => isOn(now()),
    stop: () => powerOff(now()),
    kill: () => powerLoss(now()),
    start: () => start(now()),
    remove: () => remove(now()),
  };
}

async function start(record: NodeRecord): Promise<void> {
  await powerOn(record);
  const deadline = Date.now() + BOOT_TIMEOUT_MS;
  while (!(isListening(record) && (await sshAnswers(record.address)))) {
    if (!isOn(record) || Date.now() > deadline) {
      const console = readFileSync(join(nodeDirectory(record.name), 'console.log'), 'utf8').slice(-3000);
      throw new LabError(`${record.name} ${isOn(record) ? 'does not answer' : 'went off'} at boot:\n${console}`);
    }
    await sleep(20);
  }
}

// Seen from outside first: a packet to an address that is not up yet makes ARP wait whole seconds for the next try.
function isListening(record: NodeRecord): boolean {
  const init = findInit(record);
  if (init === undefined) return false;
  const net = `/proc/${init.pid}/net`;
  const addresses = readIfThere(`${net}/fib_trie`);
  const sockets = readIfThere(`${net}/tcp`) + readIfThere(`${net}/tcp6`);
  // 0016 is port 22, 0A is LISTEN.
  return addresses.includes(` ${record.address}\n`) && /:0016 [0-9A-F]+:0000 0A /.test(sockets);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function execIn(record: NodeRecord, command: string, options?: RunOptions): Promise<RunResult> {
  const enter = ['--target', String(initOf(record).pid), '--mount', '--uts', '--ipc', '--net', '--pid', '--'];
  const env = ['env', '-i', `PATH=${PATH}`, 'HOME=/root', 'LANG=C.UTF-8', 'DEBIAN_FRONTEND=noninteractive'];
  return run('nsenter', [...enter, ...env, 'sh', '-c', command], options);
}

async function shellIn(record: NodeRecord, command: string, options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await execIn(record, command, options);
  if (code !== 0) throw new LabError(`${record.name}: ${command}\nexit ${code}: ${stdout}${stderr}`);
  return stdout.replace(/\n$/, '');
}

async function remove(record: NodeRecord): Promise<void> {
  await powerLoss(record);
  releaseAddress(record.address, record.name);
  rmSync(nodeDirectory(record.name), { recursive: true, force: true });
}

/** Nodes of test processes that ended without removing them. */
export async function removeOrphans(): Promise<void> {
  const orphans = listRecords().filter(record => record.owner && !isAlive(record.owner));
  if (orphans.length === 0) return;
  await withLock('orphans', async () => {
    for (const { name } of orphans) await findNode(name)?.remove();
  });
}

function writeIdentity(record: NodeRecord): void {
  writeUpper(record, '/etc/hostname', `${record.hostname}\n`);
  writeUpper(record, '/etc/hosts', `127.0.0.1 localhost\n${record.address} ${record.hostname}\n`);
  // Before systemd's own 80-container-host0.network, which would ask for DHCP.
  writeUpper(
    record,
    '/etc/systemd/network/10-lab.network',
    `[Match]\nName=host0\n\n[Network]\nAddress=${record.address}/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n`,
  );
}

function writeUpper(record: NodeRecord, path: string, content: string): void {
  const file = join(nodeDirectory(record.name), 'upper', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
