import { compileGlob } from '../core/glob.ts';
import { parseIni } from './ini.ts';

/** https://dnf-plugins-core.readthedocs.io/en/latest/versionlock.html */
const versionLocks = '/etc/dnf/plugins/versionlock.list';
/** locks(5) of libzypp. */
const zyppLocks = '/etc/zypp/locks';
/** https://dnf5.readthedocs.io/en/latest/misc/versionlock.7.html */
const dnf5Locks = '/etc/dnf/versionlock.toml';

/** Of dnf.conf(5) only what can exclude packages: a password of a proxy may stand there too. */
export const printHolds = `if [ -r /etc/dnf/dnf.conf ]; then
while IFS= read -r l; do case $l in '['* | exclude* | ' '* | '	'*) printf 'conf %s\\n' "$l" ;; esac; done </etc/dnf/dnf.conf
fi
if [ -r ${versionLocks} ]; then
while IFS= read -r l; do printf 'lock %s\\n' "$l"; done <${versionLocks}
fi
if [ -r ${zyppLocks} ]; then
while IFS= read -r l; do printf 'zypp %s\\n' "$l"; done <${zyppLocks}
fi
if [ -r ${dnf5Locks} ]; then
while IFS= read -r l; do printf 'toml %s\\n' "$l"; done <${dnf5Locks}
fi`;

/** Which of the names upgrades leave alone: those that dnf's configuration excludes, and those that a lock of dnf's or zypper's names. */
export const heldNames = (printed: string, names: readonly string[]): readonly string[] => {
  const said = (word: string): string =>
    [...printed.matchAll(new RegExp(`^${word} (.*)$`, 'gm'))].map(([, line]) => `${line}\n`).join('');
  const patterns = [
    ...excludedIn(said('conf')),
    ...lockedIn(said('lock')),
    ...lockedByDnf5(said('toml')),
    ...zyppLocksIn(said('zypp')),
  ];
  return names.filter(name => patterns.some(finds => finds(name)));
};

const excludedIn = (text: string): readonly ((name: string) => boolean)[] =>
  parseIni(text)
    .filter(({ name }) => name === 'main')
    .flatMap(({ values }) => [values.get('exclude') ?? '', values.get('excludepkgs') ?? ''])
    .flatMap(list => list.split(/[\s,]+/))
    .filter(word => word !== '')
    .map(compileGlob);

/** `NAME-EPOCH:VERSION-RELEASE.ARCH`, parts of it as globs; `!` excludes that version alone. */
const lockedIn = (text: string): readonly ((name: string) => boolean)[] =>
  text
    .split('\n')
    .map(line => line.replace(/#.*/, '').trim())
    .filter(line => line !== '' && !line.startsWith('!'))
    .map(line => compileGlob(/^(.*?)-(?:\d+:)?\d[^-]*-[^-]*$/.exec(line)?.[1] ?? line.replace(/-\*$/, '')));

/** Stanzas of `key: value`, parted by empty lines. A lock of some versions, or of one repository, holds nothing at its version. */
const zyppLocksIn = (text: string): readonly ((name: string) => boolean)[] =>
  text
    .split(/\n\s*\n/)
    .map(stanza => new Map([...stanza.matchAll(/^(\w+): *(.*?) *$/gm)].map(([, key = '', value = '']) => [key, value])))
    .flatMap(lock => {
      const name = lock.get('solvable_name') ?? '';
      const isPart = lock.has('version') || lock.has('repo') || lock.has('solvable_arch');
      if (name === '' || isPart || (lock.get('type') ?? 'package') !== 'package') return [];
      return namedBy(name, lock.get('match_type'));
    });

/** A regular expression is left to zypper, which refuses by it: a host's is not run here. */
const namedBy = (name: string, matchType = 'substring'): readonly ((name: string) => boolean)[] => {
  if (matchType === 'glob' || matchType === 'exact') return [compileGlob(name)];
  return matchType === 'substring' ? [found => found.includes(name)] : [];
};

/** Each `[[packages]]` with its conditions; `name` may be a glob, and a condition `!=` leaves out that version alone. */
const lockedByDnf5 = (text: string): readonly ((name: string) => boolean)[] =>
  text
    .split(/^[ \t]*\[\[packages\]\]/m)
    .filter(table =>
      [...table.matchAll(/^[ \t]*comparator[ \t]*=[ \t]*(\S+)/gm)].some(([, word]) => !word?.includes('!=')),
    )
    .flatMap(table => /^[ \t]*name[ \t]*=[ \t]*["']([^"']+)["']/m.exec(table)?.[1] ?? [])
    .map(compileGlob);
