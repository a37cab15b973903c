import type { SysctlChange } from '../changes/change.ts';
import type { FactValues } from '../facts/index.ts';
import { ownSysctlPaths, type SysctlFiles, type SysctlSetting } from '../facts/sysctl-files.ts';
import { disruptionOf } from './disruption.ts';
import { fileChange, ownHeader, pathStateOf } from './file-change.ts';
import type { InstallerPlan, Refusal } from './installer.ts';
import { nothing, planRefused } from './known-facts.ts';

type Facts = Pick<FactValues, 'container' | 'sysctl' | 'sysctlFiles'>;

interface Wanted {
  readonly key: string;
  /** Other names of the same kernel variable: whoever writes one of them writes this. */
  readonly aliases: readonly string[];
  readonly value: string;
  readonly because: string;
}

const wantedSysctls: readonly Wanted[] = [
  {
    key: 'net.ipv4.ip_forward',
    aliases: ['net.ipv4.conf.all.forwarding'],
    value: '1',
    because: 'pods reach each other and the outside through the node',
  },
  {
    key: 'net.bridge.bridge-nf-call-iptables',
    aliases: [],
    value: '1',
    because: 'bridged pod traffic must pass iptables',
  },
  {
    key: 'net.bridge.bridge-nf-call-ip6tables',
    aliases: [],
    value: '1',
    because: 'bridged pod traffic must pass ip6tables',
  },
];

export const planSysctls = (facts: Facts): InstallerPlan => {
  // In a container a key that is not there belongs to a module of the machine around it.
  const wanted = wantedSysctls.filter(({ key }) => facts.container.kind === null || facts.sysctl[key] !== null);
  const unread = wanted.filter(({ key }) => facts.sysctl[key] === undefined);
  const boot = planBoot(wanted, facts.sysctlFiles);
  return {
    ...boot,
    changes: [...wanted.flatMap(setting => live(setting, facts)), ...boot.changes],
    refusals: [...boot.refusals, ...unread.map(({ key }) => planRefused(`${key} cannot be read on this host`))],
  };
};

const live = ({ key, value, because }: Wanted, { sysctl }: Facts): readonly SysctlChange[] => {
  const before = sysctl[key];
  if (before === undefined || before === value) return [];
  return [
    {
      kind: 'sysctl',
      id: `sysctl:${key}`,
      target: key,
      key,
      value,
      before,
      summary: `${key} = ${value} now${before === null ? '' : `, was ${before}`}`,
      because,
      phase: 'stage',
      disruption: disruptionOf('sysctl'),
      reversible: true,
    },
  ];
};

/** What wins at boot without our own files: if that is right for a key, nothing of ours is needed for it. */
const planBoot = (wanted: readonly Wanted[], files: SysctlFiles): InstallerPlan => {
  if (wanted.every(setting => winner(setting, files.settings)?.value === setting.value)) return nothing;
  const foreign = files.settings.filter(({ path }) => !isOwn(path));
  const needed = wanted.filter(setting => winner(setting, foreign)?.value !== setting.value);
  const rivals = needed.flatMap(setting => winner(setting, foreign) ?? []);
  const path = ownSysctlPaths.find(own => rivals.every(rival => winsOver(own, rival.path)));
  if (path === undefined) {
    const strongest = rivals.filter(rival => ownSysctlPaths.every(own => !winsOver(own, rival.path)));
    return { ...nothing, refusals: strongest.map(beaten) };
  }
  const file = files.ownFiles?.find(own => own.path === path);
  const before = file === undefined ? undefined : pathStateOf(file);
  if (file === undefined || before === undefined) {
    return { ...nothing, refusals: [planRefused(`${path} is something that nodeprep does not replace`)] };
  }
  const change = fileChange(file, before, textOf(needed), {
    summary: needed.map(({ key, value }) => `${key} = ${value}`).join(', '),
    because: `the next boot must keep ${needed.length === 1 ? 'it' : 'them'}${whoLost(rivals)}`,
    phase: 'stage',
    disruption: disruptionOf('sysctl'),
  });
  return { changes: [change], later: [], refusals: [], originals: { [path]: file.text ?? '' } };
};

const textOf = (settings: readonly Wanted[]): string =>
  `${ownHeader}# Named so that it sorts after files that say otherwise.\n${settings.map(({ key, value }) => `${key} = ${value}\n`).join('')}`;

const winner = ({ key, aliases }: Wanted, settings: readonly SysctlSetting[]): SysctlSetting | undefined =>
  settings.findLast(setting => setting.key === key || aliases.includes(setting.key));

const isOwn = (path: string): boolean => ownSysctlPaths.some(own => own === path);

/** sysctl.d files apply in the order of their names whatever their directory; what is not there (ufw) applies after all of them. */
const winsOver = (own: string, path: string): boolean => path.includes('/sysctl.d/') && baseName(own) > baseName(path);

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const whoLost = (rivals: readonly SysctlSetting[]): string => {
  const places = rivals.map(({ path, line, value }) => `${path}:${line} says ${value}`);
  return places.length === 0 ? '' : `, and ${places.join(', ')}`;
};

const beaten = ({ key, value, path, line }: SysctlSetting): Refusal =>
  planRefused(
    `${path}:${line} sets ${key} = ${value} at boot and applies after every file that nodeprep would write`,
    `Change that line to ${key} = 1 or remove it, then plan again.`,
  );
