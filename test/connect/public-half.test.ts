import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPublicKey, publicHalf } from '../../src/connect/public-half.ts';

test.each([
  ['ed25519', ''],
  ['ed25519', 'open sesame'],
  ['rsa', 'open sesame'],
  ['ecdsa', 'open sesame'],
])('the public half of an %s key with the passphrase %j is that of its .pub', (type, passphrase) => {
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-half-'));
  const file = join(directory, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'a comment', '-f', file]);
  const [locked, open] = [readFileSync(file, 'latin1'), readFileSync(`${file}.pub`, 'latin1')];
  rmSync(directory, { recursive: true });
  expect(publicHalf(locked)?.toString('base64')).toBe(open.split(' ')[1]);
  expect(publicHalf(open)).toEqual(publicHalf(locked));
  expect([isPublicKey(open), isPublicKey(locked)]).toEqual([true, false]);
});

test('what is no key has none, however it is cut', () => {
  const begin = '-----BEGIN OPENSSH PRIVATE KEY-----\n';
  const end = '\n-----END OPENSSH PRIVATE KEY-----';
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, framed) => {
      const body = Buffer.concat([Buffer.from('openssh-key-v1\0'), bytes]).toString('base64');
      const half = publicHalf(framed ? `${begin}${body}${end}` : Buffer.from(bytes).toString('latin1'));
      expect(half === undefined || half.length <= bytes.length).toBe(true);
    }),
  );
  expect(publicHalf('-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----')).toBeUndefined();
});
