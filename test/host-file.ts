import { createHash } from 'node:crypto';
import type { HostFile } from '../src/facts/fact.ts';

/** A regular file of root's, or no file where the text is undefined. */
export const aFile = (path: string, text: string | undefined, mtimeSeconds = 1_700_000_000): HostFile => ({
  path,
  type: text === undefined ? 'absent' : 'file',
  mode: text === undefined ? '' : '0644',
  uid: 0,
  gid: 0,
  sizeBytes: Buffer.byteLength(text ?? ''),
  mtimeSeconds: text === undefined ? 0 : mtimeSeconds,
  linkTarget: undefined,
  sha256: text === undefined ? undefined : createHash('sha256').update(text).digest('hex'),
  text,
});
