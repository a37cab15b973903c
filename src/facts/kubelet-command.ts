import type { HostFile } from './fact.ts';
import { type Kubelet, unitDirectories } from './kubelet.ts';
import { type Assignment, environmentAssignments, splitWords, unitAssignments } from './systemd-words.ts';

/** A word of the kubelet's command line, with the place where it is written. */
export interface CommandWord {
  readonly text: string;
  /** `/etc/default/kubelet:3`; empty for what only the process shows. */
  readonly place: string;
}

export const kubeletFile = ({ files }: Kubelet, path: string): HostFile | undefined =>
  files.find(file => file.path === path);

/** The unit file, then its drop-ins by name; one in an earlier directory hides those of its name in later ones. */
export const unitFiles = (kubelet: Kubelet): readonly HostFile[] => {
  const inOrder = unitDirectories.flatMap(directory =>
    kubelet.files.filter(({ path }) => path.startsWith(`${directory}/kubelet.service`)),
  );
  const byName = new Map<string, HostFile>();
  for (const file of inOrder) {
    const name = nameOf(file);
    if (!byName.has(name)) byName.set(name, file);
  }
  const all = [...byName.values()];
  const isUnit = (file: HostFile): boolean => nameOf(file) === 'kubelet.service';
  const dropIns = all.filter(file => !isUnit(file)).toSorted((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
  return [...all.filter(isUnit), ...dropIns];
};

const nameOf = ({ path }: HostFile): string => path.slice(path.lastIndexOf('/') + 1);

/** Environment files that the unit names, in order, a later one wins; those that do not exist are left out. */
export const environmentFiles = (kubelet: Kubelet): readonly HostFile[] =>
  afterReset(serviceSettings(kubelet), 'EnvironmentFile').flatMap(({ value }) => {
    const file = kubeletFile(kubelet, value.replace(/^-/, ''));
    return file === undefined ? [] : [file];
  });

/** The command line of its next start; undefined where the unit runs something that is not plainly the kubelet. */
export const nextCommand = (kubelet: Kubelet): readonly CommandWord[] | undefined => {
  const settings = serviceSettings(kubelet);
  const start = afterReset(settings, 'ExecStart').at(-1);
  if (start === undefined) return undefined;
  const environment = environmentOf(kubelet, settings);
  const words = splitWords(start.value.replace(/^[-@:+!|]+/, '')).flatMap(word => expand(word, start, environment));
  return isKubelet(words.map(({ text }) => text)) ? words : undefined;
};

/** Only what `kubelet` is called by name can be read; a wrapper script is not. */
export const isKubelet = ([program = '']: readonly string[]): boolean => /(?:^|\/)kubelet$/.test(program);

const serviceSettings = (kubelet: Kubelet): readonly Assignment[] =>
  unitFiles(kubelet).flatMap(({ path, text }) => unitAssignments(path, text ?? '', 'Service'));

/** A setting without a value empties the list before it. */
const afterReset = (settings: readonly Assignment[], key: string): readonly Assignment[] => {
  const own = settings.filter(setting => setting.key === key);
  return own.slice(own.findLastIndex(({ value }) => value === '') + 1);
};

const environmentOf = (kubelet: Kubelet, settings: readonly Assignment[]): ReadonlyMap<string, Assignment> => {
  const fromUnit = afterReset(settings, 'Environment').flatMap(setting =>
    splitWords(setting.value).flatMap(word => {
      const [, key, value = ''] = /^(\w+)=(.*)$/s.exec(word) ?? [];
      return key === undefined ? [] : [{ ...setting, key, value }];
    }),
  );
  const fromFiles = environmentFiles(kubelet).flatMap(({ path, text }) => environmentAssignments(path, text ?? ''));
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
