import toml from '@iarna/toml';
import type { Change, FileChange, ServiceChange } from '../../src/changes/change.ts';
import type { Containerd } from '../../src/facts/containerd.ts';
import type { HostFile } from '../../src/facts/fact.ts';
import { parseFstabSwap } from '../../src/facts/swap.ts';
import { parseSettings } from '../../src/facts/sysctl-files.ts';
import { mergeFiles, readConfigSet } from '../../src/installers/containerd/config-set.ts';
import { aFile } from '../host-file.ts';
import { aService, now, type PlanFacts } from './facts.ts';

/** A host on which the changes were made, as its next facts would show it; synthetic, later by some seconds. */
export const afterChanges = (facts: PlanFacts, changes: readonly Change[], daemon = '1.7.24'): PlanFacts =>
  changes.reduce((state, change) => afterChange(state, change, daemon), facts);

const afterChange = (facts: PlanFacts, change: Change, daemon: string): PlanFacts => {
  switch (change.kind) {
    case 'sysctl':
      return { ...facts, sysctl: { ...facts.sysctl, [change.key]: change.value } };
    case 'module':
      return withModule(facts, change.name);
    case 'swap':
      return {
        ...facts,
        swap: { ...facts.swap, active: facts.swap.active.filter(({ device }) => device !== change.device) },
      };
    case 'hold':
      return { ...facts, packages: { ...facts.packages, held: [...facts.packages.held, change.name] } };
    case 'package':
      return withPackage(facts, change.version ?? `${change.range ?? daemon}.99`, change.holds, daemon);
    case 'file':
      return withFile(facts, change);
    case 'service':
      return withService(facts, change);
    case 'archive':
    case 'archive-removal':
    case 'image':
    case 'repository-key':
    case 'package-lists':
    case 'directory':
    case 'cgroup-roots':
      return facts;
  }
};

const withModule = (facts: PlanFacts, name: string): PlanFacts => ({
  ...facts,
  modules: { ...facts.modules, loaded: [...facts.modules.loaded, name] },
  filesystems: name === 'overlay' ? [...facts.filesystems, 'overlay'] : facts.filesystems,
  sysctl:
    name === 'br_netfilter'
      ? { ...facts.sysctl, 'net.bridge.bridge-nf-call-iptables': '1', 'net.bridge.bridge-nf-call-ip6tables': '1' }
      : facts.sysctl,
});

const packaged = `version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
      conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.internal.v1.opt"]
    path = "/var/lib/containerd/opt"
`;

const withPackage = (facts: PlanFacts, version: string, holds: readonly string[], daemon: string): PlanFacts =>
  reloaded({
    ...facts,
    packages: {
      ...facts.packages,
      installed: { ...facts.packages.installed, containerd: version },
      held: [...facts.packages.held, ...holds],
    },
    containerd: {
      ...facts.containerd,
      binary: '/usr/bin/containerd',
      version: daemon,
      config:
        facts.containerd.config.type === 'absent'
          ? aFile('/etc/containerd/config.toml', packaged)
          : facts.containerd.config,
    },
    services: { 'containerd.service': aService() },
  });

const withFile = (facts: PlanFacts, { path, after }: FileChange): PlanFacts => {
  const text = after.state === 'file' ? after.text : undefined;
  const file: HostFile =
    after.state === 'symlink'
      ? { ...aFile(path, undefined), type: 'symlink', linkTarget: after.target }
      : aFile(path, text, now + 10);
  if (path.startsWith('/etc/sysctl.d/')) {
    const { settings, ownFiles = [] } = facts.sysctlFiles;
    // Own files sort last in these tests.
    const kept = settings.filter(setting => setting.path !== path);
    return {
      ...facts,
      sysctlFiles: {
        ...facts.sysctlFiles,
        settings: [...kept, ...parseSettings({ path, text: text ?? '' })],
        ownFiles: ownFiles.map(own => (own.path === path ? file : own)),
      },
    };
  }
  if (path === '/etc/modules-load.d/nodeprep.conf') {
    const names = (text ?? '').split('\n').filter(line => line !== '' && !line.startsWith('#'));
    const modules = names.map((name, index) => ({ name, path, line: index + 1 }));
    return {
      ...facts,
      modulesLoad: { ...facts.modulesLoad, modules: [...facts.modulesLoad.modules, ...modules], ownFile: file },
    };
  }
  if (path === '/etc/fstab')
    return { ...facts, swap: { ...facts.swap, fstab: parseFstabSwap(text ?? ''), fstabFile: file } };
  if (path.endsWith('.swap')) {
    return { ...facts, swap: { ...facts.swap, units: facts.swap.units.filter(unit => !path.endsWith(`/${unit}`)) } };
  }
  if (path.includes('zram-generator')) return { ...facts, swap: { ...facts.swap, zramConfig: undefined } };
  return reloaded({ ...facts, containerd: withConfigFile(facts.containerd, path, file) });
};

const withConfigFile = (containerd: Containerd, path: string, file: HostFile): Containerd => ({
  ...containerd,
  config: containerd.config.path === path ? file : containerd.config,
  imports: containerd.imports.map(other => (other.path === path ? file : other)),
});

/** The dump follows the files at once, the daemon does not. */
const reloaded = (facts: PlanFacts): PlanFacts => {
  const read = readConfigSet(facts.containerd, facts.containerd.version ?? '');
  if (!read.ok) return { ...facts, containerd: { ...facts.containerd, dump: undefined, dumpError: 'does not parse' } };
  return { ...facts, containerd: { ...facts.containerd, dump: toml.stringify(withDefaults(mergeFiles(read.set))) } };
};

/** What every daemon adds to its files, as far as these tests look at it. */
const withDefaults = (merged: unknown): toml.JsonMap => {
  const root = structuredClone(merged) as { version?: number; plugins: Record<string, Record<string, unknown>> };
  const isSplit = root.version === 3;
  root.version = isSplit ? 3 : 2;
  const id = isSplit ? 'io.containerd.cri.v1.runtime' : 'io.containerd.grpc.v1.cri';
  const { containerd, ...rest } = root.plugins[id] ?? {};
  const defaults = { default_runtime_name: 'runc', runtimes: { runc: { runtime_type: 'io.containerd.runc.v2' } } };
  root.plugins[id] = { ...rest, containerd: { ...defaults, ...(containerd as object | undefined) } };
  return root as unknown as toml.JsonMap;
};

const withService = (facts: PlanFacts, change: ServiceChange): PlanFacts => {
  const before = facts.services['containerd.service'] ?? aService();
  const starts = change.active === true || change.action === 'restart';
  return {
    ...facts,
    services: {
      'containerd.service': {
        ...before,
        unitFileState: change.enabled === true ? 'enabled' : before.unitFileState,
        activeState: starts ? 'active' : before.activeState,
        startedAtSeconds: starts ? now + 20 : before.startedAtSeconds,
      },
    },
  };
};
