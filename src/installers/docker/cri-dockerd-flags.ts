import type { FileChange } from '../../changes/change.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import { criDockerUnit, type Docker } from '../../facts/docker.ts';
import type { DockerFlag } from '../../facts/docker-flags.ts';
import { criDockerdFlags, criDockerdSource, defaultNetworkPlugin, lastFlag } from '../../facts/docker-in-force.ts';
import { hostFile } from '../../facts/files.ts';
import { splitWords } from '../../facts/systemd-words.ts';
import { execStart, unitFiles } from '../../facts/unit-command.ts';
import { disruptionOf } from '../disruption.ts';
import { fileChange, ownHeader, pathStateOf } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { labels } from './labels.ts';

/** cri-dockerd has no file of settings: its command line is all. */
export const criDockerdDropIn = `/etc/systemd/system/${criDockerUnit}.d/90-nodeprep.conf`;

export interface FlagsPlan {
  readonly changes: readonly FileChange[];
  readonly refusals: readonly Refusal[];
  readonly originals: Readonly<Record<string, string>>;
}

interface WantedFlag {
  readonly name: string;
  readonly value: string;
  readonly label: string;
  /** What cri-dockerd takes where nobody says anything; then the flag need not be said. */
  readonly default?: string;
}

export const wantedFlags = (desired: DesiredRuntime): readonly WantedFlag[] => [
  { name: 'pod-infra-container-image', value: desired.sandboxImage, label: labels.sandbox(desired) },
  { name: 'network-plugin', value: 'cni', label: labels.networkPlugin, default: defaultNetworkPlugin },
  ...(desired.cniBinDir === undefined
    ? []
    : [{ name: 'cni-bin-dir', value: desired.cniBinDir, label: labels.cni(desired.cniBinDir) }]),
];

/** Those to announce before the programs are there. */
export const laterFlags = (docker: Docker, desired: DesiredRuntime): readonly WantedFlag[] =>
  wantedFlags(desired).filter(flag => isAlwaysSaid(flag) || isMissing(criDockerdFlags(docker), flag));

const isAlwaysSaid = (flag: WantedFlag): boolean => flag.default === undefined;

/** `flags` are those that it has, of its unit or its process. */
export const isMissing = (flags: readonly DockerFlag[], flag: WantedFlag): boolean =>
  (lastFlag(flags, flag.name)?.value ?? flag.default) !== flag.value;

const refuse = (message: string, hint: string): FlagsPlan => ({
  changes: [],
  refusals: [planRefused(message, hint)],
  originals: {},
});

/** A drop-in of our own that starts it as before, with these flags; proved by reading the unit again with it. */
export const planCriDockerdFlags = (docker: Docker, desired: DesiredRuntime): FlagsPlan => {
  const file = docker.unitFiles.find(({ path }) => path === criDockerdDropIn) ?? hostFile(criDockerdDropIn, undefined);
  // As it would start without us: what others have added since is taken along.
  const others = { ...docker, unitFiles: docker.unitFiles.filter(({ path }) => path !== criDockerdDropIn) };
  const start = execStart(criDockerdSource(others));
  const lacks = missing(docker, desired);
  const wanted = lacks.length === 0 && startsAnother(docker, start) ? wantedFlags(desired).filter(isAlwaysSaid) : lacks;
  if (wanted.length === 0) return { changes: [], refusals: [], originals: {} };
  if (start === undefined || !isPlain(start)) {
    return refuse(
      `${criDockerUnit} does not plainly start cri-dockerd${start === undefined ? '' : ` (${start.path}:${start.line})`}`,
      `Give it an ExecStart= with cri-dockerd itself, then plan again.`,
    );
  }
  const before = pathStateOf(file);
  if (before === undefined || before.state === 'symlink') {
    return refuse(`${file.path} is a ${file.type} that nodeprep does not replace`, 'Remove it, then plan again.');
  }
  const theirs = criDockerdFlags(others);
  const said = wantedFlags(desired).filter(flag => isAlwaysSaid(flag) || lastFlag(theirs, flag.name) !== undefined);
  const text = `${ownHeader}[Service]\nExecStart=\nExecStart=${commandWith(start.value, said)}\n`;
  const edited = { ...docker, unitFiles: [...others.unitFiles, { ...file, type: 'file' as const, text }] };
  const left = missing(edited, desired);
  if (left.length > 0) return refuse(...shadowed(edited, left));
  const change = fileChange(file, before, text, {
    summary: wanted.map(({ label }) => label).join(', '),
    because: 'cri-dockerd takes it from its command line only',
    phase: 'switch',
    disruption: disruptionOf('cri-dockerd-settings'),
    settings: wanted.map(({ label }) => label),
  });
  return { changes: [change], refusals: [], originals: { [file.path]: file.text ?? '' } };
};

/** Ours, of a cri-dockerd that was somewhere else: a package has gone by hand, and an archive has come. */
const startsAnother = (docker: Docker, unit: ReturnType<typeof execStart>): boolean => {
  const own = execStart(criDockerdSource(docker));
  if (own?.path !== criDockerdDropIn || unit === undefined || !isPlain(unit)) return false;
  return programOf(own) !== programOf(unit);
};

const programOf = ({ value }: { readonly value: string }): string => splitWords(value)[0] ?? '';

const isPlain = (start: { readonly value: string }): boolean => /cri-dockerd$/.test(programOf(start));

const missing = (docker: Docker, desired: DesiredRuntime): readonly WantedFlag[] => {
  const flags = criDockerdFlags(docker);
  return wantedFlags(desired).filter(flag => isMissing(flags, flag));
};

/** Flags at the end: the last one of a name counts, variables stay variables. Earlier ones of the name go. */
const commandWith = (command: string, wanted: readonly WantedFlag[]): string => {
  const stripped = wanted.reduce(
    (text, { name }) =>
      text.replace(new RegExp(`[ \\t]+--${name}(?:=|[ \\t]+)(?:"[^"]*"|'[^']*'|[^\\s"']+)(?=[ \\t]|$)`, 'g'), ''),
    command,
  );
  return [stripped, ...wanted.map(({ name, value }) => `--${name}=${value}`)].join(' ');
};

const shadowed = (docker: Docker, left: readonly WantedFlag[]): [string, string] => {
  const start = execStart(criDockerdSource(docker));
  const names = left.map(({ name, value }) => `--${name}=${value}`).join(' ');
  const winner = unitFiles(criDockerdSource(docker)).find(({ path }) => path === start?.path);
  return [
    `${winner?.path ?? criDockerUnit}${start === undefined ? '' : `:${start.line}`} starts cri-dockerd and applies after ${criDockerdDropIn}, without ${names}`,
    `Add ${names} there, or give that file a name that sorts before 90-nodeprep.conf; then plan again.`,
  ];
};
