import type { Change, ModuleChange } from '../changes/change.ts';
import type { HostFile } from '../facts/fact.ts';
import type { FactValues } from '../facts/index.ts';
import { ownModulesPath } from '../facts/modules-load.ts';
import { disruptionOf } from './disruption.ts';
import { fileChange, ownHeader, pathStateOf } from './file-change.ts';
import type { InstallerPlan, Refusal } from './installer.ts';
import { nothing, planRefused } from './known-facts.ts';

type Facts = Pick<FactValues, 'container' | 'filesystems' | 'kernel' | 'modules' | 'modulesLoad' | 'sysctl'>;

interface Wanted {
  readonly name: string;
  readonly because: string;
  /** Seen doing its work, whatever the module lists say. */
  readonly atWork: (facts: Facts) => boolean;
}

const wantedModules: readonly Wanted[] = [
  {
    name: 'overlay',
    because: 'containerd keeps images and containers on overlayfs',
    atWork: ({ filesystems }) => filesystems.includes('overlay'),
  },
  {
    name: 'br_netfilter',
    because: 'bridged pod traffic must pass iptables',
    atWork: ({ sysctl }) => typeof sysctl['net.bridge.bridge-nf-call-iptables'] === 'string',
  },
];

/** A container shares its machine's kernel: modules are that machine's to load. */
export const planModules = (facts: Facts): InstallerPlan => {
  if (facts.container.kind !== null) return nothing;
  const refusals = wantedModules.flatMap(wanted => [...missing(wanted, facts), ...blacklisted(wanted, facts)]);
  const file = persistence(facts);
  return {
    changes: [
      ...file.changes,
      ...wantedModules.filter(({ name }) => canLoad(name, facts)).flatMap(w => load(w, facts)),
    ],
    later: [],
    refusals: [...refusals, ...file.refusals],
    ...(file.originals === undefined ? {} : { originals: file.originals }),
  };
};

const isPresent = ({ name, atWork }: Wanted, facts: Facts): boolean =>
  facts.modules.loaded.includes(name) || facts.modules.builtin.includes(name) || atWork(facts);

const canLoad = (name: string, { modules }: Facts): boolean => modules.support && modules.onDisk.includes(name);

const load = (wanted: Wanted, facts: Facts): readonly ModuleChange[] =>
  isPresent(wanted, facts)
    ? []
    : [
        {
          kind: 'module',
          id: `module:${wanted.name}`,
          target: wanted.name,
          name: wanted.name,
          summary: `load ${wanted.name}`,
          because: wanted.because,
          phase: 'stage',
          disruption: disruptionOf('kernel-module'),
          reversible: true,
        },
      ];

const missing = (wanted: Wanted, facts: Facts): readonly Refusal[] => {
  if (isPresent(wanted, facts) || canLoad(wanted.name, facts)) return [];
  const { release } = facts.kernel;
  if (!facts.modules.support) {
    return [
      planRefused(`kernel ${release} has no ${wanted.name} and cannot load modules`, 'Boot a kernel that has it.'),
    ];
  }
  return facts.modules.treePresent
    ? [
        planRefused(
          `kernel ${release} has no module ${wanted.name}`,
          'Ubuntu keeps some modules in linux-modules-extra-$(uname -r); elsewhere boot a kernel that has it.',
        ),
      ]
    : [
        planRefused(
          `the modules of the running kernel ${release} are not on disk, so ${wanted.name} cannot be loaded`,
          'The kernel was probably upgraded since the last boot: reboot, then plan again.',
        ),
      ];
};

/** systemd-modules-load honours the blacklist, so a file of ours would not load it at boot. */
const blacklisted = ({ name }: Wanted, { modules, modulesLoad }: Facts): readonly Refusal[] => {
  const entry = modulesLoad.blacklisted.find(other => other.name === name);
  if (entry === undefined || modules.builtin.includes(name)) return [];
  return [
    planRefused(
      `module ${name} is blacklisted by ${entry.path}:${entry.line}, so it would not be loaded at boot`,
      `Remove that line; Kubernetes needs ${name}.`,
    ),
  ];
};

const persistence = (facts: Facts): InstallerPlan => {
  const { modules, modulesLoad } = facts;
  if (!modules.support) return nothing;
  const needed = wantedModules.filter(wanted => {
    if (modules.builtin.includes(wanted.name)) return false;
    // At work without a module of its name: the kernel has it in another way.
    return modules.loaded.includes(wanted.name) || canLoad(wanted.name, facts);
  });
  const listedBy = (accept: (path: string) => boolean) =>
    new Set(modulesLoad.modules.filter(({ path }) => accept(path)).map(({ name }) => name));
  const listed = listedBy(() => true);
  if (needed.every(({ name }) => listed.has(name))) return nothing;
  const listedElsewhere = listedBy(path => path !== ownModulesPath);
  return ownFile(
    modulesLoad.ownFile,
    needed.map(({ name }) => name).filter(name => !listedElsewhere.has(name)),
  );
};

const ownFile = (file: HostFile | undefined, names: readonly string[]): InstallerPlan => {
  const before = file === undefined ? undefined : pathStateOf(file);
  if (file === undefined || before === undefined) {
    return {
      changes: [],
      later: [],
      refusals: [planRefused(`${ownModulesPath} is something that nodeprep does not replace`)],
    };
  }
  const text = `${ownHeader}# Modules that a Kubernetes node needs from boot on.\n${names.join('\n')}\n`;
  const change: Change = fileChange(file, before, text, {
    summary: `${names.join(', ')} loaded at boot`,
    because: 'the next boot must keep them',
    phase: 'stage',
    disruption: disruptionOf('kernel-module'),
  });
  return { changes: [change], later: [], refusals: [], originals: { [ownModulesPath]: file.text ?? '' } };
};
