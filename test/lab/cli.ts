// The lab by hand: `npm run lab -- up trixie --name w1`, see README.md.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { listBases, removeBases } from './base.ts';
import { hasBridge } from './bridge.ts';
import { closeLab } from './close.ts';
import {
  bootCluster,
  CLUSTER_VERSIONS,
  type ClusterVersion,
  containerdPrograms,
  DEFAULT_VERSION,
  etcdPrograms,
  kubernetesPrograms,
  kwokPrograms,
  type LabCluster,
  listClusters,
} from './cluster/index.ts';
import { frontProcess } from './front.ts';
import { removeImages } from './kernel/image.ts';
import { bootKernelNode, findKernelNode, type KernelNode, listKernelNodes } from './kernel/node.ts';
import { ensureKernelLabPackages, kernelLabProblems } from './kernel/require.ts';
import { bootNode, bootNodes, findNode, type LabNode, listNodes } from './node.ts';
import { preparePods } from './pods.ts';
import { ensureLabPackages, labProblems } from './require.ts';
import { LabError } from './run.ts';
import { BRIDGE, BRIDGE_ADDRESS, isSuite, LAB_DIR, PW_PASSWORD, SUITES } from './settings.ts';
import { sshArgs } from './ssh.ts';
import { installCrictl } from './tools.ts';

const USAGE = `usage: npm run lab -- COMMAND
  up SUITE [--name NAME] [--count N] [--cgroup v1|v2] [--packages A,B] [--pods]
                                                        boot nodes (${SUITES.join(', ')})
  up-kernel SUITE [--name NAME] [--packages A,B] [--selinux]  boot a node with a kernel of its own (QEMU)
  up-cluster [--name NAME] [--nodes 3] [--control-planes 3] [--version 1.34|1.36] [--driver systemd|cgroupfs] [--suite SUITE] [--containerd 2.2]
                                                        boot a Kubernetes cluster; its nodes are NAME-w1, NAME-w2, …
                                                        and NAME-cp1, … with static pods where control planes are wanted
  build-cluster [--version 1.34|1.36]                   build what clusters need, so that no test waits for it
  ls                                                    nodes and clusters of this machine
  ssh NAME [--user root|ops|pw] [COMMAND …]             log in
  exec NAME COMMAND …                                   root shell without ssh
  stop NAME | kill NAME | start NAME                    shut down, pull the plug, boot again
  reboot NAME                                           kernel nodes only
  rm NAME … | --all                                     remove nodes and clusters; --all also bridge and package front
  rm --bases                                            remove base roots and kernel images that no node stands on
  doctor [--install] [--kernel]                         what this machine lacks (--kernel: for kernel nodes too)`;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string' },
    'control-planes': { type: 'string', default: '0' },
    nodes: { type: 'string', default: '3' },
    version: { type: 'string', default: DEFAULT_VERSION },
    driver: { type: 'string', default: 'systemd' },
    suite: { type: 'string', default: 'trixie' },
    containerd: { type: 'string', default: 'distribution' },
    count: { type: 'string', default: '1' },
    cgroup: { type: 'string', default: 'v2' },
    pods: { type: 'boolean', default: false },
    packages: { type: 'string', default: '' },
    user: { type: 'string', default: 'root' },
    all: { type: 'boolean', default: false },
    bases: { type: 'boolean', default: false },
    selinux: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
    kernel: { type: 'boolean', default: false },
  },
});
const [command = 'help', ...args] = positionals;

async function up([suite = '']: string[]): Promise<void> {
  if (!isSuite(suite)) throw new LabError(`which suite? ${SUITES.join(', ')}`);
  const cgroup = flags.cgroup === 'v1' ? 'v1' : 'v2';
  const count = Number(flags.count);
  const started = Date.now();
  const name = flags.name ?? `${suite}-${String(process.pid)}`;
  const packages = flags.packages.split(',').filter(Boolean);
  const options = { suite, cgroup, packages, keep: true, log: (line: string) => console.error(line) } as const;
  const nodes = count === 1 ? [await bootNode({ ...options, name })] : await bootNodes(count, { ...options, name });
  console.error(`${nodes.length} up in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  if (flags.pods) await Promise.all(nodes.map(makeReadyForPods));
  for (const node of nodes) console.log(line(node));
}

async function upKernel([suite = '']: string[]): Promise<void> {
  if (!isSuite(suite)) throw new LabError(`which suite? ${SUITES.join(', ')}`);
  const started = Date.now();
  const node = await bootKernelNode({
    suite,
    packages: flags.packages.split(',').filter(Boolean),
    selinux: flags.selinux,
    keep: true,
    log: text => console.error(text),
    ...(flags.name !== undefined && { name: flags.name }),
  });
  console.error(`up in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  console.log(line(node));
}

function clusterVersion(): ClusterVersion {
  if (isOneOf(CLUSTER_VERSIONS, flags.version)) return flags.version;
  throw new LabError(`which version? ${CLUSTER_VERSIONS.join(', ')}`);
}

async function buildCluster(): Promise<void> {
  const started = Date.now();
  const version = clusterVersion();
  const builds = [() => kubernetesPrograms(version), containerdPrograms, etcdPrograms, kwokPrograms];
  for (const build of builds) console.log(await build());
  console.error(`ready after ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

async function upCluster(): Promise<void> {
  const version = clusterVersion();
  const { driver, suite, containerd } = flags;
  const controlPlanes = Number(flags['control-planes']);
  if (!isOneOf(['systemd', 'cgroupfs'], driver)) throw new LabError('which driver? systemd, cgroupfs');
  if (!isOneOf(['distribution', '2.2'], containerd)) throw new LabError('which containerd? distribution, 2.2');
  if (!isSuite(suite)) throw new LabError(`which suite? ${SUITES.join(', ')}`);
  const started = Date.now();
  const cluster = await bootCluster({
    version,
    cgroupDriver: driver,
    controlPlane: controlPlanes > 0 ? 'static-pods' : 'processes',
    nodes: [
      ...Array.from({ length: controlPlanes }, (_, i) => ({
        name: `cp${i + 1}`,
        role: 'control-plane' as const,
        suite,
      })),
      ...Array.from({ length: Number(flags.nodes) }, (_, i) => ({ name: `w${i + 1}`, suite, containerd })),
    ],
    keep: true,
    log: text => console.error(text),
    ...(flags.name !== undefined && { name: flags.name }),
  });
  console.error(`up in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  console.log(clusterLine(cluster));
}

function clusterLine({ name, version, server, kubeconfig }: LabCluster): string {
  return [name, 'cluster', version, server, `KUBECONFIG=${kubeconfig}`].join('\t');
}

function isOneOf<T extends string>(known: readonly T[], text: string): text is T {
  return (known as readonly string[]).includes(text);
}

async function makeReadyForPods(node: LabNode): Promise<void> {
  await preparePods(node);
  await installCrictl(node);
}

function line(node: LabNode): string {
  const kind = isKernelNode(node) ? 'kernel' : node.cgroup;
  const port = node.port === 22 ? '' : `:${node.port}`;
  return [node.name, node.isOn() ? 'on' : 'off', node.suite, kind, `${node.user}@${node.address}${port}`].join('\t');
}

function isKernelNode(node: LabNode): node is KernelNode {
  return 'reboot' in node;
}

function allNodes(): LabNode[] {
  return [...listNodes(), ...listKernelNodes()];
}

async function ls(): Promise<void> {
  for (const node of allNodes()) console.log(`${line(node)}\t-i ${node.identityFile}`);
  for (const cluster of listClusters()) console.log(clusterLine(cluster));
}

function known(name = ''): LabNode {
  const node = findNode(name) ?? findKernelNode(name);
  if (node === undefined) throw new LabError(`no node ${name}; see: npm run lab ls`);
  return node;
}

async function ssh([name, ...rest]: string[]): Promise<void> {
  const { address, port } = known(name);
  const args = ['-p', String(port), ...sshArgs(flags.user, address), ...rest];
  const result = spawnSync('ssh', args, { stdio: 'inherit' });
  process.exitCode = result.status ?? 1;
}

async function exec([name, ...rest]: string[]): Promise<void> {
  const { code, stdout, stderr } = await known(name).exec(rest.join(' '));
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = code;
}

async function rm(names: string[]): Promise<void> {
  const clusters = listClusters().filter(({ name }) => flags.all || names.includes(name));
  await Promise.all(clusters.map(cluster => cluster.remove()));
  const others = names.filter(name => !clusters.some(cluster => cluster.name === name));
  const nodes = flags.all ? allNodes() : others.map(known);
  await Promise.all(nodes.map(node => node.remove()));
  if (flags.all) await closeLab();
  if (flags.bases) {
    removeBases();
    removeImages();
  }
}

async function reboot([name]: string[]): Promise<void> {
  const node = known(name);
  if (!isKernelNode(node)) throw new LabError(`${node.name} has no kernel of its own: stop it, then start it`);
  await node.reboot();
}

async function doctor(): Promise<void> {
  if (flags.install) {
    const installed = await (flags.kernel ? ensureKernelLabPackages() : ensureLabPackages());
    console.log(`installed: ${installed.join(' ') || 'nothing was missing'}`);
  }
  const problems = flags.kernel ? kernelLabProblems() : labProblems();
  for (const problem of problems) console.log(`✗ ${problem}`);
  console.log(`directory  ${LAB_DIR}`);
  for (const base of listBases()) console.log(`base       ${base.name}, built ${base.built.toISOString()}`);
  console.log(`bridge     ${BRIDGE} ${hasBridge() ? BRIDGE_ADDRESS : 'not there (made when a node boots)'}`);
  console.log(`packages   ${frontProcess() ? `front runs as ${frontProcess()?.pid}` : 'front not running'}`);
  console.log(`user pw    sudo password ${PW_PASSWORD}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

const commands: Record<string, (args: string[]) => Promise<void>> = {
  up,
  'up-kernel': upKernel,
  'up-cluster': upCluster,
  'build-cluster': buildCluster,
  ls,
  ssh,
  exec,
  rm,
  doctor,
  stop: async ([name]) => known(name).stop(),
  kill: async ([name]) => known(name).kill(),
  start: async ([name]) => known(name).start(),
  reboot,
};

try {
  const chosen = commands[command];
  if (chosen === undefined) console.log(USAGE);
  else await chosen(args);
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
