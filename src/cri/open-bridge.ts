import type { Session } from '../connect/connection.ts';
import { escapeLine } from '../core/escape.ts';

/** Login noise may come first; more than this is no answer of ours. */
const maxNoiseBytes = 64 * 1024;

export type OpenedBridge =
  | { readonly open: true; readonly first: Buffer; readonly bytes: AsyncIterator<Buffer> }
  | { readonly open: false; readonly reason: string };

const reasons: Readonly<Record<string, string>> = {
  'no-socket': 'there is no such socket',
  denied: 'the socket may only be opened by root',
  refused: 'nothing listens at the socket',
  none: 'the host has no socat, python3, perl or nc -U to reach the socket with',
};

/** The last thing that was said on standard error, as a part of a sentence. */
export const lastWords = (session: Session): string => {
  const line = session.stderr().trim().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? '' : `: ${escapeLine(line, 200)}`;
};

/** Reads up to the line in which the bridge says that it stands, or why not. What follows that line belongs to the runtime. */
export const openBridge = async (session: Session, marker: string): Promise<OpenedBridge> => {
  const bytes = session.stdout[Symbol.asyncIterator]();
  const start = Buffer.from(`BRIDGE ${marker} `);
  let seen: Buffer = Buffer.alloc(0);
  while (seen.length <= maxNoiseBytes) {
    const at = seen.indexOf(start);
    const end = at < 0 ? -1 : seen.indexOf('\n', at);
    if (end >= 0) {
      const word = seen.subarray(at + start.length, end).toString('latin1');
      const reason = reasons[word];
      if (reason !== undefined) return { open: false, reason: reason + (word === 'refused' ? lastWords(session) : '') };
      return { open: true, first: seen.subarray(end + 1), bytes };
    }
    const next = await bytes.next();
    if (next.done)
      return { open: false, reason: `the session ended before the runtime was reached${lastWords(session)}` };
    seen = Buffer.concat([seen, next.value]);
  }
  return { open: false, reason: 'the host sent more than 64 KiB instead of an answer' };
};
