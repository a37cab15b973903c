import { describe, expect, test } from 'vitest';
import { containerd, versionOf } from '../../src/facts/containerd.ts';
import { answer, asRoot, asUser, files, knownValue, unreadable } from './answers.ts';

const config = '/etc/containerd/config.toml';

describe('containerd', () => {
  test.each([
    ['containerd github.com/containerd/containerd 1.7.24~ds1 1.7.24~ds1-6+deb13u1', '1.7.24'],
    ['containerd github.com/containerd/containerd/v2 v2.1.9 9f3b21a', '2.1.9'],
    ['containerd containerd.io 1.6.33 d2d58213f83a351ca8f528a95fbd145f5654e957', '1.6.33'],
    ['containerd github.com/containerd/containerd/v2 v2.0.0-rc.3 x', '2.0.0-rc.3'],
    ['containerd: command not found', undefined],
  ])('%s', (line, version) => {
    expect(versionOf([line])).toBe(version);
  });

  test('not installed is known: no binary, no version, config absent', () => {
    const seen = containerd.parse(
      { config: files({}), binary: answer(''), dump: answer('', 127), cni: answer('') },
      asRoot,
    );
    expect(knownValue(seen)).toEqual({
      binary: '',
      version: undefined,
      config: expect.objectContaining({ path: config, type: 'absent', text: undefined }),
      unitFile: expect.objectContaining({ type: 'absent' }),
      missingDirectories: ['/etc/cni/net.d', '/opt/containerd/bin', '/opt/containerd/lib'],
      imports: [],
      dump: undefined,
      dumpError: undefined,
      socket: false,
      replacedPids: [],
      replacedVersions: {},
      cniBinDirs: [],
    });
  });

  test('installed: config and imports as they are, dump, socket', () => {
    const seen = knownValue(
      containerd.parse(
        {
          config: files({ [config]: 'imports = ["conf.d/*.toml"]', '/etc/containerd/conf.d/a.toml': 'version = 2\n' }),
          binary: answer(
            '/usr/bin/containerd\ncontainerd github.com/containerd/containerd 1.7.24 x\nsocket\nreplaced 812\nwas 812 containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1\nreplaced 9\n',
          ),
          dump: answer('version = 2\n'),
          cni: answer('/opt/cni/bin\n'),
        },
        asRoot,
      ),
    );
    expect(seen).toMatchObject({
      binary: '/usr/bin/containerd',
      version: '1.7.24',
      config: { type: 'file', text: 'imports = ["conf.d/*.toml"]' },
      imports: [{ path: '/etc/containerd/conf.d/a.toml', text: 'version = 2\n' }],
      dump: 'version = 2\n',
      socket: true,
      replacedPids: [812, 9],
      replacedVersions: { 812: '1.6.20' },
      cniBinDirs: ['/opt/cni/bin'],
    });
  });

  test.each([
    [1, 'containerd: failed to load TOML: expected newline\n', /expected newline/],
    [124, '', /did not end within 10 s/],
    [2, '', /exit code 2/],
  ])('a dump that fails with %i says why', (code, text, error) => {
    const seen = containerd.parse(
      { config: files({}), binary: answer('/usr/bin/containerd\n'), dump: answer(text, code), cni: answer('') },
      asRoot,
    );
    expect(knownValue(seen)).toMatchObject({ dump: undefined, dumpError: expect.stringMatching(error) });
  });

  test('a config that cannot be read needs root', () => {
    const answers = {
      config: files({ [config]: unreadable }),
      binary: answer(''),
      dump: answer('', 1),
      cni: answer(''),
    };
    expect(() => containerd.parse(answers, asUser)).toThrow(/needs root: \/etc\/containerd\/config\.toml/);
  });
});
