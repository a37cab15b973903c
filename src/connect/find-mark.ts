import type { ByteReader } from './host-process.ts';

export type Found = { readonly kind: 'found'; readonly word: string } | { readonly kind: 'end' | 'noisy' };

/** Noise of a login (motd, .bashrc) is skipped up to here. */
const NOISE_LIMIT_BYTES = 1024 * 1024;
const NOISE_KEPT_BYTES = 4096;
const WORD_LIMIT_BYTES = 64;

/** Reads up to the end of the line that holds `mark` and gives the rest of that line. What came before goes to `noise`, bounded. */
export const findMark = async (reader: ByteReader, mark: string, noise: Buffer[]): Promise<Found> => {
  let carry: Buffer = Buffer.alloc(0);
  let skippedBytes = 0;
  const skip = (bytes: Buffer): void => {
    const room = NOISE_KEPT_BYTES - noise.reduce((sum, part) => sum + part.length, 0);
    if (room > 0 && bytes.length > 0) noise.push(Buffer.from(bytes.subarray(0, room)));
    skippedBytes += bytes.length;
  };
  for (;;) {
    const chunk = await reader.next();
    if (chunk === undefined) {
      skip(carry);
      return { kind: 'end' };
    }
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const at = bytes.indexOf(mark);
    const start = at < 0 ? Math.max(0, bytes.length - mark.length + 1) : at;
    skip(bytes.subarray(0, start));
    carry = bytes.subarray(start);
    if (skippedBytes > NOISE_LIMIT_BYTES) return { kind: 'noisy' };
    if (at < 0) continue;
    const end = carry.indexOf('\n');
    if (end >= 0) {
      reader.unread(carry.subarray(end + 1));
      return { kind: 'found', word: carry.toString('latin1', mark.length, end) };
    }
    if (carry.length > mark.length + WORD_LIMIT_BYTES) return { kind: 'noisy' };
  }
};
