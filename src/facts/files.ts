import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { compileGlob, isGlob } from '../core/glob.ts';
import type { NamedItem } from './compile.ts';
import type { Answer, HostFile } from './fact.ts';
import { answerLimits, type Frame } from './frames.ts';

/** One path of a `files` item. A path that is not in the answer is absent. */
export interface FileRead {
  readonly path: string;
  /** hidden: a directory above cannot be searched. dangling: a link to nothing. null: a link to /dev/null, which masks. */
  readonly state: 'file' | 'unreadable' | 'directory' | 'null' | 'other' | 'dangling' | 'hidden';
  /** Of a readable file. UTF-8; what is not is replaced and `binary` set. Without `stat` it always ends with a newline. */
  readonly text: string;
  readonly binary: boolean;
  readonly stat: FileStat | undefined;
  readonly linkTarget: string | undefined;
  /** Of the raw bytes, only with `stat`. */
  readonly sha256: string | undefined;
}

export interface FileStat {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
}

const states = {
  f: 'file',
  u: 'unreadable',
  d: 'directory',
  n: 'null',
  o: 'other',
  l: 'dangling',
  h: 'hidden',
} as const satisfies Record<string, FileRead['state']>;

const isStateLetter = (letter: string): letter is keyof typeof states => Object.hasOwn(states, letter);

/** The shared frames of all `files` items, as one answer per item. Total: broken frames give fewer files, never an exception. */
export const splitFiles = (
  frames: ReadonlyMap<string, Frame>,
  items: readonly NamedItem[],
): ReadonlyMap<string, Answer> => {
  const list = readList(textOf(frames.get('files.list')));
  const content = readContent(list.states, frames.get('files.text')?.bytes ?? Buffer.alloc(0));
  const details = readDetails(textOf(frames.get('files.stat')));
  const listed = [...list.states.keys()];
  const asked = askedPaths(listed, items);
  const hiddenPaths = listed.filter(path => list.states.get(path) === 'hidden');
  const isHidden = matcher(hiddenPaths);
  const answers = new Map<string, Answer>();
  for (const { id, item } of items) {
    if (item.kind !== 'files') continue;
    const own = asked.get(id) ?? [];
    const more = list.more.get(id);
    const isMore = more === undefined ? undefined : matcher(more);
    const found = isMore === undefined ? own : listed.filter(path => own.includes(path) || isMore(path));
    // A literal path in a directory that a glob could not list was left to that glob.
    const hidden = hiddenPaths.length === 0 ? [] : item.paths.filter(path => !list.states.has(path) && isHidden(path));
    const paths = [...found, ...hidden];
    const reads = paths.map(path => {
      const read = { path, state: list.states.get(path) ?? 'hidden', raw: content.text.get(path) ?? '' };
      return fileRead(read, item.stat === true ? details.get(path) : undefined);
    });
    const truncated = paths.some(path => content.cut.has(path)) || isTooLarge(reads);
    answers.set(id, truncated ? { exitCode: 0, bytes: Buffer.alloc(0), truncated } : answerOf(reads));
  }
  return answers;
};

/** Listed paths by item, in the order of the list. */
const askedPaths = (listed: readonly string[], items: readonly NamedItem[]): ReadonlyMap<string, readonly string[]> => {
  const askersOf = remembered.get(items) ?? createAskers(items);
  remembered.set(items, askersOf);
  const asked = new Map<string, string[]>();
  for (const path of listed) {
    for (const id of askersOf(path)) {
      const paths = asked.get(id);
      if (paths === undefined) asked.set(id, [path]);
      else paths.push(path);
    }
  }
  return asked;
};

/** Items never change and hosts mostly have the same files, so every glob is asked once for all hosts. */
type Askers = (path: string) => readonly string[];
const remembered = new WeakMap<readonly NamedItem[], Askers>();

/** Bounded, since a host chooses what files it has. */
const rememberedPaths = 2000;

const createAskers = (items: readonly NamedItem[]): Askers => {
  const asking = items.flatMap(({ id, item }) => (item.kind === 'files' ? [{ id, matches: matcher(item.paths) }] : []));
  const known = new Map<string, readonly string[]>();
  return path => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const ids = asking.filter(({ matches }) => matches(path)).map(({ id }) => id);
    if (known.size < rememberedPaths && path.length < 256) known.set(path, ids);
    return ids;
  };
};

/** Bytes are wanted by recordings only; for parsers what was just read would be encoded to be decoded again. */
const answerOf = (reads: readonly FileRead[]): Answer => ({
  exitCode: 0,
  truncated: false,
  files: new Map(reads.map(read => [read.path, read])),
  get bytes() {
    return encodeFiles(reads);
  },
});

/** JSON needs at most six bytes for a UTF-16 unit, so most answers need not be encoded to know that they fit. */
const isTooLarge = (reads: readonly FileRead[]): boolean => {
  const units = reads.reduce(
    (sum, { path, text, linkTarget }) => sum + path.length + text.length + (linkTarget?.length ?? 0),
    0,
  );
  const most = 6 * units + 512 * reads.length;
  return most > answerLimits.itemBytes && encodeFiles(reads).length > answerLimits.itemBytes;
};

export const encodeFiles = (reads: readonly FileRead[]): Buffer => Buffer.from(JSON.stringify(reads));

/** Files of one item by path, in the order in which the shell listed them. */
export const decodeFiles = (answer: Answer | undefined): ReadonlyMap<string, FileRead> => {
  if (answer === undefined) throw new Error('not in the answer');
  if (answer.files !== undefined) return answer.files;
  const reads = JSON.parse(answer.bytes.toString('utf8')) as FileRead[];
  return new Map(reads.map(read => [read.path, read]));
};

const textOf = (frame: Frame | undefined): string => frame?.bytes.toString('latin1') ?? '';

const readList = (text: string) => {
  const found = new Map<string, FileRead['state']>();
  const more = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [letter, rest] = [line.slice(0, 1), line.slice(2)];
    if (isStateLetter(letter) && rest !== '') found.set(rest, states[letter]);
    if (letter !== '+') continue;
    const blank = rest.indexOf(' ');
    const id = rest.slice(0, blank);
    more.set(id, [...(more.get(id) ?? []), rest.slice(blank + 1)]);
  }
  return { states: found, more };
};

/**
 * `grep -H` prints `PATH:LINE`, files in the order of the list; so each line belongs to the current path or to a later one. Where the text ends
 * early (at the limit) or does not fit the list, the file at hand and those after it are cut: unknown, not empty.
 */
const readContent = (listed: ReadonlyMap<string, FileRead['state']>, bytes: Buffer) => {
  const all = bytes.toString('latin1');
  const text = new Map<string, string>();
  const readable = [...listed].flatMap(([path, state]) => (state === 'file' ? [path] : []));
  let position = 0;
  let last = 0;
  readable.forEach((path, index) => {
    const start = position;
    const prefix = `${path}:`;
    const lines: string[] = [];
    while (all.startsWith(prefix, position)) {
      const newline = all.indexOf('\n', position);
      const end = newline < 0 ? all.length : newline + 1;
      lines.push(all.slice(position + prefix.length, end));
      position = end;
    }
    text.set(path, lines.length === 1 ? ownText(lines[0]) : lines.join(''));
    if (position > start) last = index;
  });
  const isWhole = position === all.length && bytes.length < answerLimits.filesBytes;
  return { text, cut: new Set(isWhole ? [] : readable.slice(last)) };
};

/** A piece of a string keeps all of it in memory for as long as a finding quotes the piece. */
const ownText = (piece = ''): string => Buffer.from(piece, 'latin1').toString('latin1');

interface Detail {
  readonly stat?: FileStat;
  readonly linkTarget?: string;
}

const readDetails = (text: string): ReadonlyMap<string, Detail> => {
  const details = new Map<string, Detail>();
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    const stat = /^stat ([0-9a-f]+) (\d+) (\d+) (\d+) (-?\d+) (\/.*)$/.exec(line);
    if (stat?.[6] !== undefined) details.set(stat[6], { ...details.get(stat[6]), stat: fileStat(stat) });
    const link = /^link (\/.*)$/.exec(line)?.[1];
    if (link !== undefined) details.set(link, { ...details.get(link), linkTarget: lines[index + 1] ?? '' });
  });
  return details;
};

const fileStat = (match: RegExpExecArray): FileStat => ({
  mode: Number.parseInt(match[1] ?? '0', 16),
  uid: Number(match[2]),
  gid: Number(match[3]),
  sizeBytes: Number(match[4]),
  mtimeSeconds: Number(match[5]),
});

const fileRead = (
  read: { readonly path: string; readonly state: FileRead['state']; readonly raw: string },
  detail: Detail | undefined,
): FileRead => {
  const size = detail?.stat?.sizeBytes;
  // grep ends the last line with a newline that the file may not have; the size tells.
  const exact = size === read.raw.length - 1 && read.raw.endsWith('\n') ? read.raw.slice(0, -1) : read.raw;
  const isPlain = isAscii(exact);
  const whole = read.state === 'file' && detail !== undefined && size === exact.length;
  return {
    path: utf8(read.path),
    state: read.state,
    text: isPlain ? exact : utf8(exact),
    binary: exact.includes('\0') || (!isPlain && !isUtf8(Buffer.from(exact, 'latin1'))),
    stat: detail?.stat,
    linkTarget: detail?.linkTarget === undefined ? undefined : utf8(detail.linkTarget),
    sha256: whole ? createHash('sha256').update(exact, 'latin1').digest('hex') : undefined,
  };
};

const isAscii = (text: string): boolean => !/[\x80-\xff]/.test(text);
const utf8 = (latin1: string): string => (isAscii(latin1) ? latin1 : Buffer.from(latin1, 'latin1').toString('utf8'));

/** Whether a path is one of these, or found by one of these globs. */
export const matcher = (patterns: readonly string[]): ((path: string) => boolean) => {
  const literal = new Set(patterns);
  const globs = patterns.filter(isGlob).map(compileGlob);
  return path => literal.has(path) || globs.some(finds => finds(path));
};

/** A file as plans need it. `read` is undefined when the path is absent. */
export const hostFile = (path: string, read: FileRead | undefined): HostFile => {
  const isLink = read?.linkTarget !== undefined;
  return {
    path,
    type: read === undefined ? 'absent' : isLink ? 'symlink' : typeOf(read.state),
    mode: read?.stat === undefined ? '' : (read.stat.mode & 0o7777).toString(8).padStart(4, '0'),
    uid: read?.stat?.uid ?? 0,
    gid: read?.stat?.gid ?? 0,
    sizeBytes: read?.stat?.sizeBytes ?? 0,
    mtimeSeconds: read?.stat?.mtimeSeconds ?? 0,
    linkTarget: read?.linkTarget,
    sha256: read?.sha256,
    text: read?.state === 'file' && !read.binary ? read.text : undefined,
  };
};

const typeOf = (state: FileRead['state']): HostFile['type'] => {
  if (state === 'file' || state === 'unreadable') return 'file';
  if (state === 'directory') return 'directory';
  return state === 'dangling' || state === 'null' ? 'symlink' : 'other';
};
