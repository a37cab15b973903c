import { createHash } from 'node:crypto';
import { type ArchiveChange, type Change, type FileChange, needsEmptyNode } from '../changes/change.ts';
import { afterState, plainMode, stateWord } from '../changes/path-state.ts';
import { toPlannedChange } from '../changes/planned-change.ts';
import type { DesiredProxy } from '../core/desired.ts';
import type { PackageManager } from '../core/package-manager.ts';
import type { PlannedChange } from '../core/result.ts';
import { quoteAll } from '../core/shell.ts';

/** A file of the run directory, its path relative to it. */
export interface RunFile {
  readonly path: string;
  readonly text: string;
}

/** `manifest.json` of a round: what a later rollback or report needs to know; no content of files. */
export interface RoundManifest {
  readonly schemaVersion: 1;
  readonly round: number;
  readonly steps: readonly { readonly step: string; readonly change: PlannedChange }[];
}

export interface CompiledRound {
  readonly files: readonly RunFile[];
  readonly manifest: RoundManifest;
}

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
const choice = (value: boolean | undefined): string => (value === undefined ? '-' : value ? 'yes' : 'no');

const fileArguments = (change: FileChange, payload: string): readonly string[] => [
  change.path,
  stateWord(change.before),
  stateWord(afterState(change.after, sha256Of)),
  payload,
  ...(change.after.state === 'file' ? (change.validate ?? []) : []),
];

const urlOf = (source: ArchiveChange['source']): string => (source.from === 'url' ? source.url : '-');

const archiveArguments = ({ component, sha256, source, before, entries }: ArchiveChange): readonly string[] => [
  component,
  sha256,
  urlOf(source),
  ...archiveBefore({ before }),
  proxyWord(proxyOf(source)),
  ...entries.flatMap(({ member, path, mode }) => [member, path, plainMode(mode)]),
];

const archiveBefore = ({ before }: Pick<ArchiveChange, 'before'>): readonly string[] => [
  before?.sha256 ?? '-',
  before?.changed.toSorted().join(':') ?? '',
];

/** `HTTP|HTTPS|NOPROXY`, each as the environment of a program has it. */
const proxyWord = (proxy: DesiredProxy | undefined): string =>
  proxy === undefined ? '-' : `${proxy.http ?? ''}|${proxy.https ?? ''}|${proxy.noProxy.join(',')}`;

const proxyOf = (source: ArchiveChange['source']): DesiredProxy | undefined =>
  source.from === 'url' ? source.proxy : undefined;

export interface CompileOptions {
  /** Go on without a way back, also where only the host finds out that there is none. */
  readonly allowIrreversible?: boolean;
}

/** The arguments of a change as the host program's kind takes them: see the first lines of templates/host/<kind>.sh. */
const stepArguments = (change: Change, payload: string, options: CompileOptions): readonly string[] => {
  switch (change.kind) {
    case 'file':
      return fileArguments(change, payload);
    case 'directory':
      return [change.path, plainMode(change.mode)];
    case 'package':
      return [
        change.name,
        change.version ?? '-',
        change.range ?? '-',
        change.before ?? '-',
        change.holds.join(' ') || '-',
        choice(change.reversible && options.allowIrreversible !== true),
        ...(change.removes === undefined ? [] : [change.removes.join(' ')]),
      ];
    case 'hold':
      return [change.name, choice(change.hold)];
    case 'service':
      return [
        change.unit,
        choice(change.enabled),
        choice(change.active),
        choice(change.masked),
        change.action ?? '-',
        change.before.unitFileState,
        change.before.activeState,
      ];
    case 'module':
      return [change.name];
    case 'sysctl':
      return [change.key, change.value, change.before ?? '-'];
    case 'cgroup-roots':
      return [];
    case 'archive':
      return archiveArguments(change);
    case 'archive-removal':
      return [change.component, ...archiveBefore(change)];
    case 'image':
      return [
        change.component,
        change.sha256,
        urlOf(change.source),
        change.image,
        change.loader,
        proxyWord(proxyOf(change.source)),
      ];
    case 'repository-key':
      return [
        change.path,
        stateWord(change.before),
        change.fingerprint,
        change.key.from === 'url' ? change.key.url : '-',
        payload,
        proxyWord(change.proxy),
      ];
    case 'package-lists':
      return [change.path, ...(change.repositories ?? [])];
    case 'swap':
      // As /proc/swaps spells it.
      return [change.device.replaceAll(' ', '\\040').replaceAll('\t', '\\011')];
  }
};

/** What packages are made of decides on the programs; of rpm's, the package manager does its part. */
const kindName = (change: Change): string => {
  const kind = change.kind.replaceAll('-', '_');
  return isOfRpm(change) ? `rpm_${kind}` : kind;
};

const isOfRpm = (change: Change): change is Extract<Change, { readonly manager: PackageManager }> =>
  'manager' in change && change.manager !== 'apt';

interface StepOptions extends CompileOptions {
  readonly holds: boolean;
}

const stepFunction = (change: Change, round: number, index: number, options: StepOptions): string => {
  const { holds } = options;
  const guard = change.needsNoSandboxes ? `no_sandboxes "$1"${holds ? ' held' : ''} && ` : '';
  const kind = kindName(change);
  const words = quoteAll([...stepArguments(change, `payload-${index}`, options), ...pauseArgument(change, holds)]);
  const manager = isOfRpm(change) ? `MANAGER=${change.manager}; ` : '';
  return `step_${round}_${index}() { ${manager}${guard}${kind}_"$1" ${words}; }\n`;
};

/**
 * What `quiesce` stops must not come back by itself, not by a reboot either, before `resume` starts it; and what a revert
 * stops of it may have started pods on a node that was empty.
 */
const pauseArgument = (change: Change, holds: boolean): readonly string[] => {
  if (change.kind !== 'service') return [];
  if (change.phase === 'quiesce') return ['pause'];
  return holds && change.phase === 'resume' ? ['empty'] : [];
};

/**
 * A running service that `resume` restarts may be started before, by a crash or a boot, and read what has been switched by
 * then. What `quiesce` has stopped may not. Services that `switch` stops may take each other along: what each was like is known
 * before the first one goes.
 */
const isArmed = (change: Change, round: readonly Change[]): boolean => {
  if (change.kind !== 'service') return false;
  if (change.phase === 'switch') return change.active === false;
  return (
    change.phase === 'resume' &&
    change.action !== undefined &&
    round.some(({ phase }) => phase === 'switch') &&
    !round.some(other => other.kind === 'service' && other.phase === 'quiesce' && other.unit === change.unit)
  );
};

const payloadOf = (change: Change): string | undefined => {
  if (change.kind === 'file' && change.after.state === 'file') return change.after.text;
  return change.kind === 'repository-key' && change.key.from === 'file' ? change.key.text : undefined;
};

/** One round of a host's plan as files of its run directory. Pure; steps run in the order of `changes`. */
export const compileRound = (
  changes: readonly Change[],
  round: number,
  options: CompileOptions = {},
): CompiledRound => {
  const directory = `rounds/${round}`;
  const order = changes.map((change, index) => `${round}-${index + 1}:${change.phase}`).join(' ');
  const holds = needsEmptyNode(changes);
  const functions = changes.map((change, index) => stepFunction(change, round, index + 1, { ...options, holds }));
  const arms = changes.flatMap((change, index) => (isArmed(change, changes) ? [`${round}-${index + 1}`] : []));
  const head = [
    `ROUND_STEPS='${order}'`,
    ...(holds ? ['ROUND_HOLDS=yes'] : []),
    ...(arms.length > 0 ? [`ROUND_ARMS='${arms.join(' ')}'`] : []),
  ];
  const steps = `${head.join('\n')}\n${functions.join('')}`;
  const manifest: RoundManifest = {
    schemaVersion: 1,
    round,
    steps: changes.map((change, index) => ({ step: `${round}-${index + 1}`, change: toPlannedChange(change) })),
  };
  const payloads = changes.flatMap((change, index) => {
    const text = payloadOf(change);
    return text === undefined ? [] : [{ path: `${directory}/payload-${index + 1}`, text }];
  });
  return {
    manifest,
    files: [
      { path: `${directory}/steps`, text: steps },
      { path: `${directory}/manifest.json`, text: `${JSON.stringify(manifest)}\n` },
      ...payloads,
    ],
  };
};
