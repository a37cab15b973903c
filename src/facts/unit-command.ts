import type { HostFile } from './fact.ts';
import { type Assignment, environmentAssignments, splitWords, unitAssignments } from './systemd-words.ts';

/** A word of a service's command line, with the place where it is written. */
export interface CommandWord {
  readonly text: string;
  /** `/etc/default/kubelet:3`; empty for what only the process shows. */
  readonly place: string;
}

/** The files of a service and those that they name, as far as they exist. */
export interface UnitSource {
  /** `kubelet.service` */
  readonly unit: string;
  readonly files: readonly HostFile[];
}

/** Later ones are hidden by a file of the same name in an earlier one. */
export const unitDirectories = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
] as const;

/** Every place of a unit's file and drop-ins, for a `files` item. */
export const unitPaths = (unit: string): readonly string[] =>
  unitDirectories.flatMap(directory => [`${directory}/${unit}`, `${directory}/${unit}.d/*.conf`]);

/** The unit file, then its drop-ins by name; one in an earlier directory hides those of its name in later ones. */
export const unitFiles = ({ unit, files }: UnitSource): readonly HostFile[] => {
  const inOrder = unitDirectories.flatMap(directory =>
    files.filter(({ path }) => path === `${directory}/${unit}` || path.startsWith(`${directory}/${unit}.d/`)),
  );
  const byName = new Map<string, HostFile>();
  for (const file of inOrder) {
    const name = nameOf(file);
    if (!byName.has(name)) byName.set(name, file);
  }
  const all = [...byName.values()];
  const isUnit = (file: HostFile): boolean => nameOf(file) === unit;
  const dropIns = all.filter(file => !isUnit(file)).toSorted((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
  return [...all.filter(isUnit), ...dropIns];
};

const nameOf = ({ path }: HostFile): string => path.slice(path.lastIndexOf('/') + 1);

/** Environment files that the unit names, in order, a later one wins; those that do not exist are left out. */
export const environmentFiles = (source: UnitSource): readonly HostFile[] =>
  afterReset(serviceSettings(source), 'EnvironmentFile').flatMap(({ value }) => {
    const file = source.files.find(({ path }) => path === value.replace(/^-/, ''));
    return file === undefined ? [] : [file];
  });

/** The ExecStart= that counts, as it is written. */
export const execStart = (source: UnitSource): Assignment | undefined =>
  afterReset(serviceSettings(source), 'ExecStart').at(-1);

/** The command line of its next start. */
export const unitCommand = (source: UnitSource): readonly CommandWord[] | undefined => {
  const start = execStart(source);
  if (start === undefined) return undefined;
  const environment = environmentOf(source, serviceSettings(source));
  return splitWords(withoutPrefix(start.value)).flatMap(word => expand(word, start, environment));
};

/** Without what systemd takes for itself: `-/usr/bin/x`. */
export const withoutPrefix = (command: string): string => command.replace(/^[-@:+!|]+/, '');

const serviceSettings = (source: UnitSource): readonly Assignment[] =>
  unitFiles(source).flatMap(({ path, text }) => unitAssignments(path, text ?? '', 'Service'));

/** A setting without a value empties the list before it. */
const afterReset = (settings: readonly Assignment[], key: string): readonly Assignment[] => {
  const own = settings.filter(setting => setting.key === key);
  return own.slice(own.findLastIndex(({ value }) => value === '') + 1);
};

const environmentOf = (source: UnitSource, settings: readonly Assignment[]): ReadonlyMap<string, Assignment> => {
  const fromUnit = afterReset(settings, 'Environment').flatMap(setting =>
    splitWords(setting.value).flatMap(word => {
      const [, key, value = ''] = /^(\w+)=(.*)$/s.exec(word) ?? [];
      return key === undefined ? [] : [{ ...setting, key, value }];
    }),
  );
  const fromFiles = environmentFiles(source).flatMap(({ path, text }) => environmentAssignments(path, text ?? ''));
  return new Map([...fromUnit, ...fromFiles].map(assignment => [assignment.key, assignment]));
};

const placeOf = ({ path, line }: Assignment): string => `${path}:${line}`;

/** `$NAME` as a word of its own is split into words, `${NAME}` inside one is not. */
const expand = (
  word: string,
  start: Assignment,
  environment: ReadonlyMap<string, Assignment>,
): readonly CommandWord[] => {
  const name = /^\$(\w+)$/.exec(word)?.[1];
  if (name !== undefined) {
    const found = environment.get(name);
    return found === undefined ? [] : splitWords(found.value).map(text => ({ text, place: placeOf(found) }));
  }
  const text = word.replace(/\$\{(\w+)\}/g, (_, inner: string) => environment.get(inner)?.value ?? '');
  return [{ text: text.replaceAll('$$', '$'), place: placeOf(start) }];
};
