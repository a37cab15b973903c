import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file readable by its owner only, whole or not at all. */
export const writePrivateFile = (path: string, text: string): void => {
  const part = `${path}.part-${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(part, text, { mode: 0o600, flag: 'wx' });
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
};

/** `permission denied`, without the call and the path that Node.js puts around it. */
export const fileReason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return /^[A-Z]+: (.*?)(?:, .*)?$/.exec(error.message)?.[1] ?? error.message;
};
