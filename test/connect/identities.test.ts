import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, describe, expect, it } from 'vitest';
import type { HostEndpoint } from '../../src/connect/endpoint.ts';
import { createIdentityStore } from '../../src/connect/identities.ts';
import { makeKey } from './ssh-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'nodeprep-keys-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = (name: string, text: string, mode = 0o600): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};
const endpoint: HostEndpoint = {
  host: 'h1',
  address: '127.0.0.1',
  port: 22,
  user: 'ops',
  hostKeys: 'strict',
  knownHostsPath: join(directory, 'known_hosts'),
  connectTimeoutMs: 1000,
};
const plain = makeKey();
const locked = makeKey('open sesame');
const load = (identityFile: string, more: Partial<HostEndpoint> = {}) =>
  createIdentityStore(ssh2.utils.parseKey)({ ...endpoint, identityFile, ...more });
const passphrase = (value: string) => ({ passphrase: { id: 'env PASS', read: async () => value } });

describe('an identity file', () => {
  it('is read, also encrypted', async () => {
    expect((await load(file('plain', plain.private))).keys).toHaveLength(1);
    expect((await load(file('locked', locked.private), passphrase('open sesame'))).keys).toHaveLength(1);
  });

  it.each([
    ['absent', () => join(directory, 'absent'), /does not exist/, /ssh.identityFile/],
    ['a directory', () => directory, /is not a file/, /ssh.identityFile/],
    ['a public key', () => file('key.pub', plain.public), /is a public key/, /Give the private one: .*\/key$/],
    ['no key', () => file('no-key', 'hello'), /is no private key that nodeprep can read/, /ssh-keygen -p/],
    ['readable by others', () => file('open', plain.private, 0o644), /can be read by others/, /chmod 600/],
    ['encrypted without a passphrase', () => file('locked', locked.private), /encrypted and no passphrase/, /ssh-add/],
  ])('%s', async (_, path, message, hint) => {
    await expect(load(path())).rejects.toMatchObject({
      code: 'key-unreadable',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  it('does not show a wrong passphrase', async () => {
    const error = await load(file('locked', locked.private), passphrase('hunter2')).catch(reason => reason);
    expect(error).toMatchObject({ code: 'key-unreadable', message: expect.stringContaining('from env PASS') });
    expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
  });

  it('may be encrypted where an agent may hold it', async () => {
    const { keys, notes } = await load(file('locked', locked.private), { agent: '/run/agent' });
    expect(keys).toEqual([]);
    expect(notes.join()).toContain('encrypted');
  });

  it('is decrypted once for all hosts', async () => {
    let reads = 0;
    const store = createIdentityStore(ssh2.utils.parseKey);
    const read = async (): Promise<string> => {
      reads++;
      return 'open sesame';
    };
    const source = { id: 'prompt', read };
    const each = { ...endpoint, identityFile: file('locked', locked.private), passphrase: source };
    await Promise.all([store(each), store(each), store(each)]);
    expect(reads).toBe(1);
  });
});
