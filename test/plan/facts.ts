import { known, unknown } from '../../src/core/observed.ts';
import type { Containerd } from '../../src/facts/containerd.ts';
import type { FactValues, ObservedFacts } from '../../src/facts/index.ts';
import type { Service } from '../../src/facts/services.ts';
import { ownSysctlPaths } from '../../src/facts/sysctl-files.ts';
import { noCrio } from '../crio.ts';
import { aFile } from '../host-file.ts';
import { noKubelet } from '../kubelet.ts';

/** When the synthetic host was asked. */
export const now = 1_800_000_000;

export const aService = (service: Partial<Service> = {}): Service => ({
  loadState: 'loaded',
  activeState: 'active',
  subState: 'running',
  unitFileState: 'enabled',
  startedAtSeconds: now - 60,
  mainPid: 100,
  fragmentPath: '/usr/lib/systemd/system/containerd.service',
  needDaemonReload: false,
  restarts: 0,
  ...service,
});

export const noContainerd: Containerd = {
  binary: '',
  version: undefined,
  config: aFile('/etc/containerd/config.toml', undefined),
  imports: [],
  dump: undefined,
  dumpError: undefined,
  socket: false,
  replacedPids: [],
  cniBinDirs: [],
};

/** A bare Debian 13 machine, asked as root; synthetic. */
const bare = {
  aptSources: { manager: 'apt', entries: [], files: [], own: [], keys: {} },
  access: { user: 'root', uid: 0, root: true, reason: '' },
  archives: {},
  candidates: {
    containerd: { candidate: '1.7.24~ds1-6+deb13u1', versions: ['1.7.24~ds1-6+deb13u1', '1.7.24~ds1-6+b4'], kept: [] },
  },
  cgroups: { version: 'v2', controllers: ['cpu', 'memory', 'pids'], boundElsewhere: [], freezer: true },
  clock: { epochSeconds: now, aheadSeconds: 0, uncertaintySeconds: 1, synchronized: true },
  clusterState: { joined: false, evidence: undefined, foreign: undefined, kubeletVersion: undefined },
  container: { kind: null, readOnlySysctls: false },
  containerd: noContainerd,
  cri: {},
  crio: noCrio,
  filesystems: ['ext4', 'proc', 'sysfs'],
  initSystem: { systemd: true, version: 257, bootId: 'b', bootedAtSeconds: now - 3600 },
  kubelet: noKubelet,
  kernel: { release: '6.12.41+deb13-amd64', machine: 'x86_64', cmdline: '' },
  modules: { support: true, loaded: [], builtin: [], onDisk: ['overlay', 'br_netfilter'], treePresent: true },
  modulesLoad: { modules: [], blacklisted: [], ownFile: aFile('/etc/modules-load.d/nodeprep.conf', undefined) },
  needrestart: {
    own: aFile('/etc/needrestart/conf.d/zz-nodeprep.conf', undefined),
    mode: undefined,
    readsDropIns: true,
    restartsOthers: true,
    overrides: [],
  },
  osRelease: {
    id: 'debian',
    idLike: [],
    versionId: '13',
    codename: 'trixie',
    prettyName: 'Debian GNU/Linux 13 (trixie)',
  },
  packages: { manager: 'apt', installed: {}, held: [], broken: [], listsUpdatedSeconds: now - 3600 },
  proxies: {
    dropIns: [],
    processes: [],
    apt: {},
    aptFile: aFile('/etc/apt/apt.conf.d/zz-nodeprep-proxy', undefined),
    dnfConf: aFile('/etc/dnf/dnf.conf', undefined),
    sysconfig: aFile('/etc/sysconfig/proxy', undefined),
  },
  registryFiles: { roots: ['/etc/containerd/certs.d'], directories: [], files: [] },
  resources: { cpus: 2, memTotalKib: 4_000_000, memAvailableKib: 3_000_000 },
  selinux: { mode: 'off' },
  services: { 'containerd.service': aService({ loadState: 'not-found', activeState: 'inactive', unitFileState: '' }) },
  swap: { active: [], fstab: [], fstabFile: aFile('/etc/fstab', ''), units: [], zramConfig: undefined },
  sysctl: {
    'net.ipv4.ip_forward': '0',
    'net.bridge.bridge-nf-call-iptables': null,
    'net.bridge.bridge-nf-call-ip6tables': null,
  },
  sysctlFiles: { settings: [], looseSysctlConf: [], ownFiles: ownSysctlPaths.map(path => aFile(path, undefined)) },
} satisfies Partial<FactValues>;

export type PlanFacts = { [K in keyof typeof bare]: FactValues[K] };

export const bareFacts: PlanFacts = bare;

/** Facts that plans do not look at stay unknown. */
export const observed = (facts: Partial<FactValues> = {}): ObservedFacts => {
  const values = Object.entries({ ...bareFacts, ...facts }).map(([id, value]) => [id, known(value)]);
  const rest = unknown('not gathered');
  const others = [
    ...['dataDirectory', 'docker', 'identity', 'kernelConfig', 'namespaces'],
    ...['packageNeeds', 'ports', 'runs', 'runtimeContents', 'tools'],
  ];
  return {
    ...Object.fromEntries(others.map(id => [id, rest])),
    ...Object.fromEntries(values),
  } as unknown as ObservedFacts;
};
