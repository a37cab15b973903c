import { createHash } from 'node:crypto';
import type { Answer, FactContext } from '../../src/facts/fact.ts';
import { encodeFiles, type FileRead } from '../../src/facts/files.ts';

export const answer = (text: string, exitCode = 0): Answer => ({
  exitCode,
  bytes: Buffer.from(text),
  truncated: false,
});

/** The answer of a `files` item: text, or what else the path is. What is not named is absent. */
export const files = (found: Readonly<Record<string, string | Partial<FileRead>>>): Answer =>
  answer(encodeFiles(Object.entries(found).map(([path, read]) => aRead(path, read))).toString());

const aRead = (path: string, read: string | Partial<FileRead>): FileRead => {
  const text = typeof read === 'string' ? read : (read.text ?? '');
  return {
    path,
    state: 'file',
    text,
    binary: false,
    stat: { mode: 0o100644, uid: 0, gid: 0, sizeBytes: Buffer.byteLength(text), mtimeSeconds: 1_700_000_000 },
    linkTarget: undefined,
    sha256: createHash('sha256').update(text).digest('hex'),
    ...(typeof read === 'string' ? {} : read),
  };
};

export const unreadable: Partial<FileRead> = { state: 'unreadable' };
export const masking: Partial<FileRead> = { state: 'null' };

export const asRoot: FactContext = { root: true, noRootReason: '', sentAt: 1_000, receivedAt: 2_000 };
export const asUser: FactContext = { ...asRoot, root: false, noRootReason: 'sudo asks for a password' };

/** The value of a fact that must be known. */
export const knownValue = <T>(
  observed: { readonly known: true; readonly value: T } | { readonly known: false; readonly reason: string },
): T => {
  if (!observed.known) throw new Error(`unknown: ${observed.reason}`);
  return observed.value;
};
