import { known } from '../core/observed.ts';
import type { Fact, HostFile } from './fact.ts';
import { decodeFiles, hostFile } from './files.ts';
import { linesOf, needsRoot } from './read.ts';

/** What needrestart does once libraries that a daemon uses were replaced: after every run of apt, by unattended-upgrades too. */
export interface Needrestart {
  /** Last of all that it reads. */
  readonly own: HostFile;
  /** List, ask, restart by itself; undefined: as this build of it does by default. */
  readonly mode: 'l' | 'i' | 'a' | undefined;
  /** Without this `own` would say nothing. */
  readonly readsDropIns: boolean;
  /** Services are restarted where nothing is said of them. */
  readonly restartsOthers: boolean;
  /** What is said in the end, of patterns that are plain names. */
  readonly overrides: readonly Override[];
}

export interface Override {
  readonly pattern: string;
  readonly restarts: boolean;
}

const config = '/etc/needrestart/needrestart.conf';
export const ownNeedrestartPath = '/etc/needrestart/conf.d/zz-nodeprep.conf';
const dropIns = '/etc/needrestart/conf.d/*.conf';

/** Perl, of which what its packages and manuals write is understood: https://github.com/liske/needrestart/blob/master/ex/needrestart.conf */
export const needrestart: Fact<Needrestart> = {
  items: { files: { kind: 'files', paths: [config, dropIns, ownNeedrestartPath], stat: true } },
  parse(answers, context) {
    const found = decodeFiles(answers.files);
    const hidden = [...found.values()].find(({ state }) => state === 'unreadable' || state === 'hidden');
    if (hidden !== undefined) throw needsRoot(hidden.path, context);
    const main = found.get(config)?.text ?? '';
    const readsDropIns = linesOf(main).some(line => /^\s*[^#\s].*needrestart\/conf\.d/.test(line));
    const parts = [...found.keys()].filter(path => path !== config && path.endsWith('.conf')).sort();
    const texts = [main, ...(readsDropIns ? parts.map(path => found.get(path)?.text ?? '') : [])];
    return known({
      own: hostFile(ownNeedrestartPath, found.get(ownNeedrestartPath)),
      readsDropIns,
      ...parseSettings(texts.join('\n')),
    });
  },
};

const isMode = (letter: string | undefined): letter is 'l' | 'i' | 'a' => /^[lia]$/.test(letter ?? '');

const parseSettings = (text: string): Pick<Needrestart, 'mode' | 'restartsOthers' | 'overrides'> => {
  let mode: Needrestart['mode'];
  let restartsOthers = true;
  let setting: string | undefined;
  let overrides = new Map<string, boolean>();
  for (const line of linesOf(text.replace(/(^|\s)#.*$/gm, ''))) {
    const [named, name] = /\$nrconf\{['"]?(\w+)['"]?\}/.exec(line) ?? [];
    setting = name ?? setting;
    if (named !== undefined) {
      const [, letter] = /=\s*['"]?(\w+)/.exec(line) ?? [];
      if (setting === 'restart' && isMode(letter)) mode = letter;
      if (setting === 'defno') restartsOthers = letter === '0';
      if (setting === 'override_rc' && /\}\s*=\s*\{/.test(line)) overrides = new Map();
    }
    if (setting !== 'override_rc') continue;
    for (const [, pattern = '', value] of line.matchAll(
      /(?:\bqr?\s*[({/]|['"])([^(){}/'"\s]{1,100})[)}/'"]\}?\s*=>?\s*(\d)/g,
    )) {
      overrides.set(pattern, value !== '0');
    }
  }
  return { mode, restartsOthers, overrides: [...overrides].map(([pattern, restarts]) => ({ pattern, restarts })) };
};

/** spared: named to people alone. told: somebody wants it restarted. */
export const restartOf = (
  { mode, restartsOthers, overrides }: Needrestart,
  service: string,
): 'spared' | 'restarted' | 'told' => {
  if (mode === 'l') return 'spared';
  const said = overrides.filter(({ pattern }) => isMatch(pattern, service));
  // Which of several it takes is left to chance.
  if (said.some(({ restarts }) => restarts)) return 'told';
  return said.length > 0 || !restartsOthers ? 'spared' : 'restarted';
};

/** Of a pattern that is more than a name nothing is known: it counts for nothing. */
const isMatch = (pattern: string, service: string): boolean => {
  const [, start, name = '', end] = /^(\^?)((?:[\w.@-]|\\[.@-])+)(\$?)$/.exec(pattern) ?? [];
  const plain = name.replaceAll('\\', '');
  if (plain === '') return false;
  if (start === '') return end === '' ? service.includes(plain) : service.endsWith(plain);
  return end === '' ? service.startsWith(plain) : service === plain;
};
