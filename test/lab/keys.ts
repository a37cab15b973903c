import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { withLock } from './lock.ts';
import { must } from './run.ts';
import { IDENTITY_FILE } from './settings.ts';

/** The key that logs in to every node of this lab directory. */
export async function ensureKey(): Promise<void> {
  if (existsSync(`${IDENTITY_FILE}.pub`)) return;
  await withLock('key', async () => {
    if (existsSync(`${IDENTITY_FILE}.pub`)) return;
    mkdirSync(dirname(IDENTITY_FILE), { recursive: true, mode: 0o700 });
    await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'nodeprep-lab', '-f', IDENTITY_FILE]);
  });
}

export async function publicKey(): Promise<string> {
  await ensureKey();
  return readFileSync(`${IDENTITY_FILE}.pub`, 'utf8').trim();
}
