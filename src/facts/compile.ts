import { isGlob } from '../core/glob.ts';
import type { Fact, Item } from './fact.ts';
import { matcher } from './files.ts';
import { answerLimits } from './frames.ts';

/** Facts by id; the registry, or a few of them in a test. */
export type FactTable = Readonly<Record<string, Fact<unknown>>>;

export interface Program {
  readonly program: string;
  /** Starts every line of ours in the answer; random, so that nothing on the host can say it by chance. */
  readonly marker: string;
}

export interface NamedItem {
  /** `<fact id>.<item>` */
  readonly id: string;
  readonly item: Item;
}

/** The same list for the same facts, so that what is derived from it is derived once for all hosts. */
export const itemsOf = (facts: FactTable): readonly NamedItem[] => {
  const items = listed.get(facts) ?? listItems(facts);
  listed.set(facts, items);
  return items;
};

const listed = new WeakMap<FactTable, readonly NamedItem[]>();
const listItems = (facts: FactTable): readonly NamedItem[] =>
  Object.entries(facts).flatMap(([factId, fact]) =>
    Object.entries(fact.items).map(([name, item]) => ({ id: `${factId}.${name}`, item })),
  );

/** All facts as one POSIX sh program (design 3.1). Pure: the same facts and marker give the same text. */
export const compileFacts = (facts: FactTable, marker: string): Program => {
  if (!/^[a-z0-9-]{16,64}$/.test(marker)) throw new Error(`not a marker: ${JSON.stringify(marker)}`);
  const items = itemsOf(facts);
  const fragments = items.flatMap(({ id, item }) => (item.kind === 'files' ? [] : [{ id, item }]));
  const program = [
    '# nodeprep: reads facts about this host, changes nothing. Output is framed by the marker.',
    `m=${marker}`,
    prelude,
    ...fragments.map(({ item }, index) => `i${index}() {\n${fragmentOf(item)}\n}`),
    filesFunction(items),
    'main() {',
    `printf '\\n%s begin 1\\n' "$m"`,
    ...fragments.map(({ id, item }, index) => `T=${timeoutOf(item)} frame ${id} i${index}`),
    'files',
    `printf '%s done\\n' "$m"`,
    '}',
    // On one line and in braces: of a program that arrives cut, nothing runs. No child may eat what follows on stdin.
    '{ main </dev/null; exit 0; }',
    '',
  ].join('\n');
  return { program, marker };
};

/** Root's usual PATH, whatever the login has. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const prelude = `PATH=${searchPath}
LC_ALL=C
TZ=UTC0
export PATH LC_ALL TZ
unset IFS CDPATH ENV BASH_ENV GREP_OPTIONS POSIXLY_CORRECT
umask 077
nl='
'
read -r _ _ release _ </proc/version 2>/dev/null
if [ -L /lib ]; then merged=1; else merged=; fi
if command -v timeout >/dev/null 2>&1; then
limit() { timeout -k 1 "$T" "$@"; }
else
limit() { "$@"; }
fi
frame() {
printf '%s item %s\\n' "$m" "$1"
"$2" 2>/dev/null
printf '\\n%s end %s\\n' "$m" "$?"
}
hidden() {
d=\${1%/*}
while [ -n "$d" ] && [ ! -d "$d" ]; do d=\${d%/*}; done
[ -n "$d" ] && [ ! -x "$d" ] && return 0
case $1 in *'*'*) [ -n "$d" ] && [ ! -r "$d" ];; *) false;; esac
}`;

const timeoutOf = (item: Item): number => (item.kind === 'sh' ? (item.timeoutSeconds ?? 10) : 10);

const fragmentOf = (item: Exclude<Item, { kind: 'files' }>): string => {
  if (item.kind === 'sh') return item.script.trim();
  const path = plainPath(item.path);
  // A device or a FIFO would never end, so only regular files are opened.
  return `[ -e ${path} ] || return 3
[ -f ${path} ] && [ -r ${path} ] || return 4
head -c ${item.maxBytes ?? answerLimits.itemBytes} ${path}`;
};

/** Paths stand in the program unquoted, so that the shell expands their globs; anything else special is our mistake. */
const plainPath = (path: string): string => {
  if (!/^\/[A-Za-z0-9_@%+=:,./*[\]-]+$/.test(path)) throw new Error(`path cannot stand in a program: ${path}`);
  return path;
};

type FilesItem = Extract<Item, { kind: 'files' }>;

/** One list, one `stat`, one `grep` for the files of all items. The list says what exists, so that empty differs from absent. */
const filesFunction = (all: readonly NamedItem[]): string => {
  const items = all.flatMap(({ id, item }) => (item.kind === 'files' ? [{ id, item }] : []));
  const pathsOf = (chosen: readonly { item: FilesItem }[]): string =>
    listPaths(chosen.flatMap(({ item }) => item.paths));
  const dynamic = items.filter(({ item }) => item.more !== undefined);
  const moreOf = (id: string): string => `more_${dynamic.findIndex(found => found.id === id)}`;
  const addMore = ({ id }: { id: string }): string =>
    `for f in $${moreOf(id)}; do for g do [ "$f" = "$g" ] && continue 2; done; set -- "$@" "$f"; done`;
  const stats = items.filter(({ item }) => item.stat === true);
  return `files() {
printf '%s item files.list\\n' "$m"
${dynamic.map(({ id, item }) => moreBlock(id, item, moreOf(id))).join('\n')}
set -- ${pathsOf(items)}
${withLines(dynamic.map(addMore))}
for f do
shift
case $f in *"$nl"*) continue;; /lib/*) [ -z "$merged" ] || continue;; esac
if [ -f "$f" ]; then if [ -r "$f" ]; then printf 'f %s\\n' "$f"; set -- "$@" "$f"; else printf 'u %s\\n' "$f"; fi
elif [ -d "$f" ]; then printf 'd %s\\n' "$f"
elif [ "$f" -ef /dev/null ]; then printf 'n %s\\n' "$f"
elif [ -e "$f" ]; then printf 'o %s\\n' "$f"
elif [ -L "$f" ]; then printf 'l %s\\n' "$f"
elif hidden "$f"; then printf 'h %s\\n' "$f"
fi
done 2>/dev/null
printf '\\n%s end 0\\n%s item files.text\\n' "$m" "$m"
[ $# -eq 0 ] || grep -saH '' "$@" 2>/dev/null | head -c ${answerLimits.filesBytes}
printf '\\n%s end 0\\n%s item files.stat\\n' "$m" "$m"
set -- ${pathsOf(stats)}
${withLines(dynamic.filter(({ item }) => item.stat === true).map(addMore))}
for f do
shift
[ -e "$f" ] && set -- "$@" "$f"
[ -L "$f" ] && printf 'link %s%s%s\\n' "$f" "$nl" "$(readlink "$f")"
done 2>/dev/null
[ $# -eq 0 ] || stat -L -c 'stat %f %u %g %s %Y %n' -- "$@" 2>/dev/null
printf '\\n%s end 0\\n' "$m"
}`;
};

/** No path twice: a literal that a glob finds anyway is left to the glob. */
const listPaths = (paths: readonly string[]): string => {
  const found = matcher(paths.filter(isGlob));
  return [...new Set(paths)]
    .filter(path => isGlob(path) || !found(path))
    .map(plainPath)
    .join(' \\\n');
};

/** Word splitting at line ends only, so that paths with blanks stay whole; globs still expand. */
const withLines = (lines: readonly string[]): string =>
  lines.length === 0 ? '' : `IFS=$nl\n${lines.join('\n')}\nunset IFS`;

const moreBlock = (id: string, item: FilesItem, variable: string): string => `more=
more_${variable}() {
${item.more ?? ''}
}
more_${variable} 2>/dev/null
${variable}=$more
IFS=$nl
for f in $${variable}; do printf '+ %s %s\\n' ${id} "$f"; done
unset IFS`;
