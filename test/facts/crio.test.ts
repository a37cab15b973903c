import { describe, expect, test } from 'vitest';
import { crio, inWalkOrder } from '../../src/facts/crio.ts';
import { answer, asRoot, asUser, files, knownValue, unreadable } from './answers.ts';

const dropIn = (name: string): string => `/etc/crio/crio.conf.d/${name}`;
const absent = { config: files({}), binary: answer(''), accepts: answer(''), inForce: answer('') };
const parse = (answers: Partial<typeof absent>) => knownValue(crio.parse({ ...absent, ...answers }, asRoot));

describe('crio', () => {
  test('not installed is known', () => {
    expect(parse({})).toMatchObject({
      ...{ binary: '', version: undefined, dropIns: [], configError: undefined, inForce: undefined },
      ...{ config: { type: 'absent' }, ownDropIn: { type: 'absent' }, registries: [], overrides: [], replacedPids: [] },
    });
  });

  test('what its daemon holds, and what beats its files', () => {
    const seen = parse({
      binary: answer(
        '/usr/bin/crio\ncrio version 1.36.1\n   GitCommit: unknown\nreplaced 77\noverride --cgroup-manager=cgroupfs\noverride CONTAINER_PAUSE_IMAGE=x\n',
      ),
      // Of 1.36.1, filtered as on the host.
      inForce: answer(
        '[crio]\n  [crio.runtime]\n    cgroup_manager = "systemd"\n    [crio.runtime.runtimes]\n  [crio.image]\n    pause_image = "registry.k8s.io/pause:3.10.1"\n  [crio.network]\n    plugin_dirs = ["/opt/cni/bin/"]\n',
      ),
    });
    expect(seen).toMatchObject({
      version: '1.36.1',
      replacedPids: [77],
      overrides: ['--cgroup-manager=cgroupfs', 'CONTAINER_PAUSE_IMAGE=x'],
      inForce: { cgroupManager: 'systemd', pauseImage: 'registry.k8s.io/pause:3.10.1', pluginDirs: ['/opt/cni/bin/'] },
    });
  });

  test.each(['', 'NAME:\n   crio - OCI-based implementation\n', '[crio]\n'])('no answer of its daemon: %j', text => {
    expect(parse({ inForce: answer(text) }).inForce).toBeUndefined();
  });

  test('drop-ins of any name, in its order, its own among them', () => {
    const names = ['b.conf', 'b', '.hidden', '99-nodeprep.conf', 'a/z'];
    const seen = parse({
      config: files({ '/etc/crio/crio.conf': '', ...Object.fromEntries(names.map(name => [dropIn(name), 'x = 1\n'])) }),
    });
    expect(seen.dropIns.map(({ path }) => path)).toEqual(
      ['.hidden', '99-nodeprep.conf', 'a/z', 'b', 'b.conf'].map(dropIn),
    );
    expect(seen).toMatchObject({ config: { type: 'file' }, ownDropIn: { type: 'file' } });
  });

  test('policies, registries, directories', () => {
    const seen = parse({
      config: files({
        '/etc/containers/policy.json': '{}',
        '/etc/containers/registries.conf.d/a.conf': '',
        '/etc/crio/auth': { state: 'directory' },
      }),
    });
    expect(seen.policies.map(({ type }) => type)).toEqual(['absent', 'file']);
    expect(seen.registries).toEqual(['/etc/containers/registries.conf.d/a.conf']);
    expect(seen.ownDirectories.map(({ path, type }) => [path, type])).toEqual([
      ['/etc/crio/auth', 'directory'],
      ['/etc/crio/policies', 'absent'],
      ['/etc/cni/net.d', 'absent'],
      ['/opt/cni/bin', 'absent'],
    ]);
  });

  test.each([
    [
      // Of 1.36.1.
      'time="2026-11-21T14:36:44Z" level=fatal msg="get and merge config from context: unable to decode configuration /etc/crio/crio.conf.d/30-x.conf: toml: line 4 (last key \\"crio.runtime.x\\"): expected value but found \']\' instead"\n',
      1,
      `get and merge config from context: unable to decode configuration /etc/crio/crio.conf.d/30-x.conf: toml: line 4 (last key "crio.runtime.x"): expected value but found ']' instead`,
    ],
    ['', 124, '`crio config` did not end within 10 s'],
    ['', 2, 'exit code 2'],
  ])('configuration that is refused: %j', (text, code, error) => {
    expect(parse({ accepts: answer(text, code) }).configError).toBe(error);
  });

  test('a file that cannot be read is unknown, not absent', () => {
    const config = files({ [dropIn('50-site.conf')]: unreadable });
    expect(() => crio.parse({ ...absent, config }, asUser)).toThrow(/needs root: .*50-site\.conf/);
  });

  test.each([
    ['/d/a', '/d/b', -1],
    ['/d/b', '/d/a', 1],
    ['/d/a', '/d/a', 0],
    // A directory `a` is walked before a file `a.conf`.
    ['/d/a/z', '/d/a.conf', -1],
  ])('%s and %s', (left, right, order) => {
    expect(inWalkOrder(left, right)).toBe(order);
  });
});
