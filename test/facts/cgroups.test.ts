import { describe, expect, test } from 'vitest';
import { cgroups } from '../../src/facts/cgroups.ts';
import { mountOf, parseMountinfo } from '../../src/facts/mountinfo.ts';
import { answer, asRoot, files, knownValue } from './answers.ts';

const mount = (point: string, type: string, options = 'rw', source = 'none') =>
  `30 23 0:26 / ${point} ${options},nosuid shared:4 - ${type} ${source} ${options}\n`;
const v2 = mount('/sys/fs/cgroup', 'cgroup2');
const v1 = mount('/sys/fs/cgroup/memory', 'cgroup');
const procCgroups = '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t3\t1\t1\nmemory\t0\t90\t1\npids\t0\t90\t0\n';

const parse = (mountinfo: string, controllers = '', freezer = '') =>
  knownValue(
    cgroups.parse(
      {
        files: files({
          '/proc/self/mountinfo': mountinfo,
          '/proc/cgroups': procCgroups,
          '/sys/fs/cgroup/cgroup.controllers': controllers,
        }),
        freezer: answer(freezer),
      },
      asRoot,
    ),
  );

describe('cgroups', () => {
  test('v2: what the unified tree has, and what is bound to a v1 tree instead', () => {
    expect(parse(v2, 'memory pids\n', 'yes\n')).toEqual({
      version: 'v2',
      controllers: ['memory', 'pids'],
      boundElsewhere: ['cpu'],
      freezer: true,
    });
  });

  test('v1: what the kernel has enabled', () => {
    expect(parse(v1)).toEqual({ version: 'v1', controllers: ['cpu', 'memory'], boundElsewhere: [], freezer: false });
  });

  test('hybrid: v1 trees and a unified one beside them', () => {
    expect(parse(v1 + mount('/sys/fs/cgroup/unified', 'cgroup2')).version).toBe('hybrid');
  });

  test('none mounted is unknown', () => {
    expect(() => parse(mount('/', 'ext4'))).toThrow('no cgroup file system is mounted');
  });
});

describe('mountinfo', () => {
  const mounts = parseMountinfo(
    mount('/', 'ext4') +
      mount('/var', 'xfs') +
      mount('/var/lib/con\\040tainerd', 'btrfs') +
      mount('/var', 'zfs') +
      'garbage\n',
  );

  test.each([
    ['/etc', 'ext4'],
    ['/variable', 'ext4'],
    ['/var', 'zfs'],
    ['/var/lib/con tainerd/x', 'btrfs'],
  ])('%s is on %s', (path, fsType) => {
    expect(mountOf(mounts, path)?.fsType).toBe(fsType);
  });
});
