import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '../run.ts';

/** A key that repositories are signed with; its secret part lives until `dispose`. */
export interface SigningKey {
  readonly fingerprint: string;
  /** ASCII armour. */
  readonly publicKey: string;
  /** ASCII armour; for programs that sign by themselves. */
  secretKey(): Promise<string>;
  /** Text → the same, signed in clear, as InRelease is. */
  sign(text: string): Promise<string>;
  dispose(): Promise<void>;
}

/** `expired`: made in 2024 and good for a day then; what it signs, it signs in that day. */
export async function makeSigningKey({ expired = false } = {}): Promise<SigningKey> {
  const home = mkdtempSync(join(tmpdir(), 'nodeprep-key-'));
  const then = expired ? ['--faked-system-time', '20240101T120000'] : [];
  const gpg = (args: readonly string[], input = ''): Promise<string> =>
    must(
      'gpg',
      ['--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', ...then, ...args],
      {
        input,
      },
    );
  await gpg(['--quick-generate-key', 'lab upstream <lab@example.com>', 'rsa2048', 'sign', expired ? '1d' : 'never']);
  const listed = await gpg(['--with-colons', '--list-keys']);
  return {
    fingerprint: /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? '',
    publicKey: await gpg(['--armor', '--export']),
    secretKey: () => gpg(['--armor', '--export-secret-keys']),
    sign: text => gpg(['--clearsign', '--digest-algo', 'SHA512'], text),
    async dispose() {
      await must('gpgconf', ['--homedir', home, '--kill', 'all']).catch(() => undefined);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
