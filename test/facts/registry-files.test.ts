import { expect, test } from 'vitest';
import { registryFiles } from '../../src/facts/registry-files.ts';
import { answer, asRoot, asUser, files, knownValue, unreadable } from './answers.ts';

const root = '/etc/containerd/certs.d';

test('roots, directories and files, each once', () => {
  const said = `root ${root}\ndirectory ${root}/host_5000_\nroot /srv/certs\ndirectory /srv/certs/a b\nroot ${root}\n`;
  const value = knownValue(
    registryFiles.parse(
      { files: files({ [`${root}/host_5000_/hosts.toml`]: 'x' }), directories: answer(said) },
      asRoot,
    ),
  );
  expect(value).toMatchObject({
    roots: [root, '/srv/certs'],
    directories: [`${root}/host_5000_`, '/srv/certs/a b'],
    files: [{ path: `${root}/host_5000_/hosts.toml`, type: 'file', text: 'x' }],
  });
});

test('a file that cannot be read is not taken for one that is not there', () => {
  const answers = { files: files({ [`${root}/a/hosts.toml`]: unreadable }), directories: answer('') };
  expect(() => registryFiles.parse(answers, asUser)).toThrow(/needs root: .*hosts\.toml cannot be read/);
});

test('the key of a client is never read', () => {
  expect(JSON.stringify(registryFiles.items)).not.toMatch(/\.key/);
});
