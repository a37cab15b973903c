import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Connection, Session } from '../../connect/connection.ts';
import { NodeprepError } from '../../core/errors.ts';
import { escapeLine } from '../../core/escape.ts';

export interface CollectedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  readonly bytes: number;
  /** As the host names it. */
  readonly file: string;
  /** Its entry of the package lists, without where it was. */
  readonly stanza: string;
}

export interface Collected {
  /** Of the package manager: `amd64`. */
  readonly architecture: string;
  readonly wanted: readonly { readonly name: string; readonly version: string }[];
  readonly packages: readonly CollectedPackage[];
}

/** A list of packages with its files is at most so long; each line holds one package. */
const longestList = 16 * 1024 * 1024;

/** Takes what `HostPrograms.collect` sends: the list first, then the files, each to the place that `pathOf` names. */
export const collectPackages = async (
  connection: Connection,
  program: string,
  pathOf: (file: string) => string,
  signal: AbortSignal,
): Promise<Collected> => {
  const session = await connection.start(program, { as: 'root', signal });
  const source = readBytes(session);
  try {
    const collected = await readList(source);
    for (const one of collected.packages) await receive(one, pathOf(one.file), source);
    return collected;
  } finally {
    session.close();
  }
};

interface Source {
  line(): Promise<string>;
  /** At most so many bytes; never none. */
  some(most: number): Promise<Buffer>;
}

const readBytes = ({ stdout, stderr }: Session): Source => {
  const chunks = stdout[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const more = async (): Promise<void> => {
    const next = await chunks.next();
    if (next.done === true) {
      const said = escapeLine(stderr(), 300);
      const why = said === '' ? '' : `: ${said}`;
      throw new NodeprepError('no-answer', `the host stopped before it had sent all packages${why}`);
    }
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
  };
  return {
    async line() {
      for (;;) {
        const end = held.indexOf(10);
        if (end >= 0) {
          const text = held.subarray(0, end).toString('utf8');
          held = held.subarray(end + 1);
          return text;
        }
        if (held.length > longestList) throw new NodeprepError('answer-too-large', 'the list of packages has no end');
        await more();
      }
    },
    async some(most) {
      while (held.length === 0) await more();
      const taken = held.subarray(0, most);
      held = held.subarray(taken.length);
      return taken;
    },
  };
};

const readList = async (source: Source): Promise<Collected> => {
  const wanted: Collected['wanted'][number][] = [];
  const packages: CollectedPackage[] = [];
  let architecture = '';
  for (;;) {
    const [, word = '', rest = ''] = /^!([a-z]+) ?(.*)$/s.exec(await source.line()) ?? [];
    const words = rest.split(' ');
    if (word === 'error') throw new NodeprepError('plan-refused', escapeLine(rest));
    if (word === 'architecture') architecture = escapeLine(rest, 40);
    if (word === 'wanted') wanted.push({ name: words[0] ?? '', version: words[1] ?? '' });
    if (word === 'package') packages.push(parsePackage(words));
    if (word === 'files') return { architecture, wanted, packages };
  }
};

const parsePackage = (words: readonly string[]): CollectedPackage => {
  const [name = '', version = '', architecture = '', sha256 = '', bytes = '', file = '', stanza = ''] = words;
  const isSound =
    /^[0-9a-f]{64}$/.test(sha256) && /^\d{1,12}$/.test(bytes) && /^[A-Za-z0-9][A-Za-z0-9.+~%_-]*$/.test(file);
  if (!isSound)
    throw new NodeprepError('answer-malformed', `the host sent no package but: ${escapeLine(words.join(' '), 200)}`);
  const text = Buffer.from(stanza, 'base64').toString('utf8').trimEnd();
  return { name, version, architecture, sha256, bytes: Number(bytes), file, stanza: text };
};

const receive = async ({ bytes, sha256, file }: CollectedPackage, path: string, source: Source): Promise<void> => {
  const out = createWriteStream(path, { flags: 'wx', mode: 0o644 });
  const hash = createHash('sha256');
  try {
    for (let left = bytes; left > 0; ) {
      const block = await source.some(left);
      left -= block.length;
      hash.update(block);
      if (!out.write(block)) await once(out, 'drain');
    }
  } finally {
    out.end();
    await once(out, 'close');
  }
  if (hash.digest('hex') === sha256) return;
  throw new NodeprepError(
    'answer-malformed',
    `${escapeLine(file, 200)} did not come as the host sent it; make the bundle again`,
  );
};
