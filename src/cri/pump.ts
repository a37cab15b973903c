import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Session } from '../connect/connection.ts';

/** More than any honest answer to three questions; bounds a host that never stops talking. */
const maxBytes = 16 * 1024 * 1024;

/** A session that was closed or lost may end its stream by an error; to the runtime's bytes that is an end. */
const nextBlock = async (bytes: AsyncIterator<Buffer>): Promise<Buffer | undefined> => {
  try {
    const next = await bytes.next();
    return next.done ? undefined : next.value;
  } catch {
    return undefined;
  }
};

/** Copies both ways until one side ends. Resolves with why it stopped; never rejects. */
export const pump = async (
  session: Session,
  peer: Socket,
  first: Buffer,
  bytes: AsyncIterator<Buffer>,
): Promise<'ended' | 'too-much'> => {
  peer.on('error', () => peer.destroy());
  peer.on('data', block => session.write(block));
  peer.on('end', () => session.endInput());
  let block: Buffer | undefined = first;
  let total = 0;
  while (block !== undefined && !peer.destroyed) {
    total += block.length;
    if (total > maxBytes) {
      peer.destroy();
      return 'too-much';
    }
    if (!peer.write(block)) await Promise.race([once(peer, 'drain'), once(peer, 'close')]).catch(() => undefined);
    block = await nextBlock(bytes);
  }
  peer.end();
  return 'ended';
};
