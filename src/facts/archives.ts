import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { answerText, linesOf, needsRoot } from './read.ts';

/** What an archive put down on the host, and how much of it is as it left it. */
export interface InstalledArchive {
  /** Of the archive. */
  readonly sha256: string;
  readonly files: readonly string[];
  /** Those of `files` that are gone or not as the archive left them, sorted. */
  readonly changed: readonly string[];
}

/** By component, as nodeprep recorded them; none where nothing was installed from archives. */
export type Archives = Readonly<Record<string, InstalledArchive>>;

const base = '/var/lib/nodeprep';

/**
 * The records of templates/host/archive.sh, and their files as they are. A file whose inode has not changed since its record was written,
 * last of all, is the one that was put down: only others are read.
 */
export const archives: Fact<Archives> = {
  items: {
    records: {
      kind: 'sh',
      script: `[ -d ${base} ] || return 0
[ -x ${base} ] || { echo hidden; return 0; }
for r in ${base}/archives/*; do
[ -f "$r" ] || continue
echo "record \${r##*/}"
cat "$r"
made=$(stat -c %Y "$r")
stat -c '%Z %a:%u:%g %F|%n' -- $(sed -n 's/^file [^ ]* //p' "$r") 2>/dev/null | while IFS= read -r l; do
s=-
[ "\${l%% *}" -le "$made" ] || s=$(sha256sum <"\${l#*|}")
echo "found \${s%% *} \${l#* }"
done
done
return 0`,
    },
  },
  parse(answers, context) {
    const lines = linesOf(answerText(answers.records));
    if (lines[0] === 'hidden') throw needsRoot(`${base}/archives`, context);
    const found = new Map<string, Entry>();
    let current: Entry | undefined;
    for (const line of lines) {
      const name = /^record (.+)$/.exec(line)?.[1];
      if (name !== undefined) {
        current = { sha256: '', states: new Map(), unchanged: new Set() };
        found.set(name, current);
      } else if (current !== undefined) readLine(line, current);
    }
    return known(Object.fromEntries([...found].map(([name, record]) => [name, installedOf(record)])));
  },
};

interface Entry {
  sha256: string;
  /** Path → `file:SHA256:MODE:UID:GID`. */
  readonly states: Map<string, string>;
  readonly unchanged: Set<string>;
}

const readLine = (line: string, record: Entry): void => {
  const [word = '', second = '', third = ''] = line.split(' ');
  if (word === 'archive') record.sha256 = second;
  if (word === 'file') record.states.set(line.slice(word.length + second.length + 2), second);
  const path = word === 'found' ? /^found \S+ \S+ regular (?:empty )?file\|(.+)$/.exec(line)?.[1] : undefined;
  if (path === undefined) return;
  const [, sum = '', owner = ''] = /^file:([0-9a-f]{64}):(.+)$/.exec(record.states.get(path) ?? '') ?? [];
  if (third === owner && (second === '-' || second === sum)) record.unchanged.add(path);
};

const installedOf = ({ sha256, states, unchanged }: Entry): InstalledArchive => {
  const files = [...states.keys()];
  return { sha256, files, changed: files.filter(path => !unchanged.has(path)).toSorted() };
};
