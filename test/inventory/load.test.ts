import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadInventory } from '../../src/inventory/load.ts';
import { InventoryError } from '../../src/inventory/problems.ts';
import { armoured, keyBytes, openpgpKeys } from '../openpgp-keys.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nodeprep-inventory-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const write = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
};

const failureOf = async (path: string): Promise<string> => {
  const error = await loadInventory({ kind: 'file', path }).catch(caught => caught);
  expect(error).toBeInstanceOf(InventoryError);
  return String(error.message).replaceAll(directory, 'DIR');
};

describe('a file', () => {
  it('gives hosts with absolute paths', async () => {
    const path = await write(
      'good.yaml',
      `defaults: { ssh: { identityFile: keys/id, passphrase: { file: ~/pass } }, sudo: { password: { env: P } } }
hosts: { a: { address: a }, b: { address: b, ssh: { knownHosts: /etc/known, identityFile: ~/.ssh/id } } }`,
    );
    const { hosts, source } = await loadInventory({ kind: 'file', path }, { home: '/home/me', currentUser: 'me' });
    expect(source).toBe(path);
    expect(hosts.map(({ ssh }) => [ssh.identityFile, ssh.knownHosts, ssh.passphrase])).toEqual([
      [join(directory, 'keys/id'), '/home/me/.ssh/known_hosts', { file: '/home/me/pass' }],
      ['/home/me/.ssh/id', '/etc/known', { file: '/home/me/pass' }],
    ]);
    expect(hosts[0]?.sudo.password).toEqual({ env: 'P' });
  });

  it('reads the keys of repositories, in armour or not, and gives them in armour', async () => {
    await write('key.gpg', keyBytes('never'));
    await write('key.asc', armoured(keyBytes('year')));
    const path = await write(
      'keys.yaml',
      `defaults: { runtime: { repository: { key: { file: ./key.gpg }, fingerprint: ${'9dc8 '.repeat(10)} } } }
groups: { other: { runtime: { name: cri-o } } }
hosts:
  a: { address: a }
  b: { address: b, runtime: { repository: { key: { file: key.asc } } } }
  c: { address: c, groups: [other] }`,
    );
    const { hosts } = await loadInventory({ kind: 'file', path });
    const [a, b, c] = hosts.map(({ desired }) => desired.runtime.repository);
    const bytesOf = (text = '') => text.replace(/-----[^-]*-----|^=.*$/gm, '').replace(/\s/g, '');
    expect(a).toMatchObject({ fingerprint: '9DC8'.repeat(10), key: { path: join(directory, 'key.gpg') } });
    expect(a?.key?.from === 'file' && bytesOf(a.key.text)).toBe(openpgpKeys.never);
    expect(b?.key?.from === 'file' && b.key.text).toBe(armoured(keyBytes('year')));
    // It was written for containerd.
    expect(c).toBeUndefined();
  });

  it.each([
    ['key.asc', 'nothing to see', 'DIR/key.asc: no key of a repository: it is no OpenPGP key'],
    ['gone.asc', undefined, /^DIR\/gone\.asc: this key of a repository cannot be read: ENOENT/],
  ])('names a key that is none: %s', async (name, text, shown) => {
    if (text !== undefined) await write(name, text);
    const path = await write(
      'bad-key.yaml',
      `hosts: { a: { address: a, runtime: { repository: { key: { file: ${name} } } } } }`,
    );
    expect(await failureOf(path)).toMatch(shown);
  });

  it('names the archives that are not there, and gives the others with absolute paths', async () => {
    const archive = (name: string) => `{ file: ${name}, sha256: ${'A'.repeat(64)} }`;
    await write('runc.amd64', 'runc');
    const text = (containerd: string) =>
      `defaults: { runtime: { source: archive, archives: {\n  containerd: ${archive(containerd)},\n  runc: ${archive('./runc.amd64')} } } }
hosts: { a: { address: a } }`;
    const path = await write('archives.yaml', text('./gone.tgz'));
    expect(await failureOf(path)).toBe(
      'DIR/archives.yaml:2:23: defaults.runtime.archives.containerd.file: there is no file ./gone.tgz\n1 problem. No host was contacted.',
    );
    await write('archives.yaml', text('~/c.tgz'));
    await write('c.tgz', 'containerd');
    const { hosts } = await loadInventory({ kind: 'file', path }, { home: directory });
    const found = (name: string) => ({
      source: { from: 'file', path: join(directory, name) },
      sha256: 'a'.repeat(64),
    });
    expect(hosts[0]?.desired.runtime.archives).toEqual({ containerd: found('c.tgz'), runc: found('runc.amd64') });
  });

  it.each<readonly [string, string | Uint8Array, string]>([
    ['binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), 'is not text (zero byte at offset 4)'],
    ['not UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xe9]), 'is not UTF-8 text'],
    ['UTF-16', Buffer.from('\ufeffhosts: {}', 'utf16le'), 'is UTF-16; save it as UTF-8'],
    ['huge', Buffer.alloc(5 * 1024 * 1024 + 1, '#'), 'is larger than 5 MiB, which no inventory is'],
  ])('that is %s is refused', async (name, content, reason) => {
    await write(`${name}.yaml`, content);
    expect(await failureOf(join(directory, `${name}.yaml`))).toBe(
      `DIR/${name}.yaml: ${reason}\n1 problem. No host was contacted.`,
    );
  });

  it('that is missing, a directory or below a file is refused', async () => {
    const path = await write('plain.yaml', '');
    expect(await failureOf(join(directory, 'no\u001b.yaml'))).toMatch(/^DIR\/no\\x1b\.yaml: there is no such file\n/);
    expect(await failureOf(directory)).toMatch(/^DIR: is a directory, not an inventory\n/);
    expect(await failureOf(join(path, 'x'))).toMatch(/there is no such file \(a part of the path is no directory\)/);
  });

  it.skipIf(process.getuid?.() === 0)('that may not be read is refused (root may read everything)', async () => {
    const path = await write('closed.yaml', 'hosts: {}');
    await chmod(path, 0);
    expect(await failureOf(path)).toMatch(/^DIR\/closed\.yaml: may not be read by this user\n/);
  });

  it('without end is cut', async () => {
    expect(await failureOf('/dev/zero')).toMatch(/^\/dev\/zero: is larger than 5 MiB/);
  });

  it('checks waivers against the ids that the caller knows', async () => {
    const path = await write(
      'waived.yaml',
      'hosts: { a: { address: a } }\nwaivers: [{ check: swap-of, owner: o, reason: r, expires: "2027-01-31" }]',
    );
    await expect(loadInventory({ kind: 'file', path })).resolves.toMatchObject({ hosts: [{ name: 'a' }] });
    await expect(loadInventory({ kind: 'file', path }, { knownChecks: ['swap-off'] })).rejects.toThrow(
      'did you mean swap-off?',
    );
  });
});

describe('standard input', () => {
  it('is read and named', async () => {
    const standardInput = Readable.from([Buffer.from('hosts: { a: '), Buffer.from('{ address: a } }')]);
    await expect(loadInventory({ kind: 'standard-input' }, { standardInput })).resolves.toMatchObject({
      source: '<stdin>',
      hosts: [{ name: 'a' }],
    });
    await expect(
      loadInventory({ kind: 'standard-input' }, { standardInput: Readable.from(['hosts: {}']) }),
    ).rejects.toThrow('<stdin>:1:8: hosts is empty');
  });
});
