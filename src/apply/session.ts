import type { Connection, Session } from '../connect/connection.ts';
import { type JournalEntry, parseJournalLine } from './journal.ts';

/** What a session tells: an entry of the journal, or a word of the session program itself. */
export type HostLine =
  | { readonly kind: 'entry'; readonly entry: JournalEntry }
  | { readonly kind: 'say'; readonly word: string; readonly rest: string };

/** `go`: the node is drained, or emptied. */
export type HostAnswer = 'next' | 'verify' | 'go' | 'commit' | 'revert';

export interface HostSession {
  readonly lines: AsyncGenerator<HostLine>;
  answer(hold: string, word: HostAnswer): void;
  /** Finish the step, then revert. */
  abort(): void;
  close(): void;
  readonly raw: Session;
}

const beatMs = 2_000;
/** A journal line is at most 2 KiB; manifests and files come as one line of base64. */
const longestLine = 1_048_576;
/** Of a whole session: an endless answer must not fill our memory. */
const mostBytes = 67_108_864;

/** Lines of a byte stream, bounded; what is beyond ends the stream. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let pending = Buffer.alloc(0);
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > mostBytes) return;
    pending = Buffer.concat([pending, chunk]);
    for (let end = pending.indexOf(10); end >= 0; end = pending.indexOf(10)) {
      yield pending.subarray(0, end).toString('utf8');
      pending = pending.subarray(end + 1);
    }
    if (pending.length > longestLine) return;
  }
}

export const parseHostLine = (line: string): HostLine | undefined => {
  if (line.startsWith('!')) {
    const [, word = '', rest = ''] = /^!([a-z]+) ?(.*)$/s.exec(line) ?? [];
    return word === '' ? undefined : { kind: 'say', word, rest };
  }
  const entry = parseJournalLine(line);
  return entry === undefined ? undefined : { kind: 'entry', entry };
};

async function* readLines(session: Session, onFollow: () => void): AsyncGenerator<HostLine> {
  for await (const text of splitLines(session.stdout)) {
    const line = parseHostLine(text);
    if (line === undefined) continue;
    if (line.kind === 'say' && line.word === 'follow') onFollow();
    yield line;
  }
}

/** Starts a session program. Beats are sent while it follows, so that others see that somebody drives the run. */
export const openHostSession = async (connection: Connection, program: string): Promise<HostSession> => {
  const raw = await connection.start(program, { as: 'root' });
  let timer: NodeJS.Timeout | undefined;
  // Bytes that come before the program reads would be taken for script (see `Session.write`).
  let waiting: string[] | undefined = [];
  const send = (line: string) => {
    if (waiting === undefined) raw.write(`${line}\n`);
    else waiting.push(line);
  };
  const follow = () => {
    const queued = waiting ?? [];
    waiting = undefined;
    for (const line of ['beat', ...queued]) send(line);
    timer ??= setInterval(() => send('beat'), beatMs);
  };
  void raw.exit.then(() => clearInterval(timer));
  return {
    raw,
    lines: readLines(raw, follow),
    answer: (hold, word) => send(`answer ${hold} ${word}`),
    abort: () => send('abort'),
    close() {
      clearInterval(timer);
      raw.endInput();
    },
  };
};
