import { describe, expect, test } from 'vitest';
import { kubelet } from '../../src/facts/kubelet.ts';
import { noKubelet } from '../kubelet.ts';
import { answer, asRoot, asUser, files, knownValue, unreadable } from './answers.ts';
import { recordedKubelet } from './kubelet-fixture.ts';

const said = (...lines: readonly string[]) => answer(lines.join('\n'));
const parsed = (...lines: readonly string[]) =>
  knownValue(kubelet.parse({ process: said(...lines), files: files({}) }, asRoot));

describe('kubelet', () => {
  test('a host without one is known', () => {
    expect(knownValue(kubelet.parse({ process: answer('', 3), files: files({}) }, asRoot))).toEqual(noKubelet);
  });

  test('argv, start and files of one that runs', () => {
    expect(recordedKubelet('cgroupfs-recreated')).toMatchObject({
      installed: true,
      unit: { loadState: 'loaded', activeState: 'active', restarts: 0 },
      running: {
        pid: 580,
        argv: ['/usr/bin/kubelet', ...Array.from({ length: 5 }, () => expect.stringMatching(/^--/))],
        startedAtSeconds: 1_795_245_584,
        replaced: false,
      },
      files: [
        { path: '/var/lib/kubelet/config.yaml', mode: '0644', text: expect.stringContaining('maxPods: 42') },
        { path: '/var/lib/kubelet/kubeadm-flags.env' },
        { path: '/usr/lib/systemd/system/kubelet.service' },
        { path: '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf' },
      ],
      staticPods: [],
    });
  });

  test.each([
    ['cgroupfs-recreated', { cgroupfs: true }],
    ['cgroupfs-kept', { cgroupfs: false }],
    ['systemd-beside-cgroupfs', { cgroupfs: false, systemd: true }],
    ['both-kept', { cgroupfs: false, systemd: false }],
  ])('%s: which root was made since it started', (name, expected) => {
    const roots = recordedKubelet(name).cgroupRoots.filter(({ recreated }) => recreated !== null);
    expect(Object.fromEntries(roots.map(({ driver, recreated }) => [driver, recreated]))).toEqual(expected);
    expect(roots.every(({ path }) => path.startsWith('/sys/fs/cgroup/systemd/'))).toBe(true);
  });

  test.each(['systemd-with-pods', 'driver-from-runtime', 'flag-layout'])('%s: its pods are in its cgroups', name => {
    const roots = recordedKubelet(name).cgroupRoots;
    expect(roots.length).toBeGreaterThan(5);
    expect(roots.every(({ populated }) => populated)).toBe(true);
    expect(recordedKubelet('both-kept').cgroupRoots.some(({ populated }) => populated)).toBe(false);
  });

  // Synthetic from here on.
  const running = [
    'show MainPID 7',
    'show KillMode control-group',
    'show LoadState loaded',
    'show ActiveState active',
    'show ExecMainStartTimestamp Sat 2026-11-21 07:19:44 UTC',
    'arg /usr/bin/kubelet',
    'root 1 /sys/fs/cgroup kubepods.slice',
    'inode 900 /sys/fs/cgroup/kubepods.slice',
    'inode 800 /sys/fs/cgroup/system.slice/kubelet.service',
    'group /system.slice/kubelet.service',
    'manifest etcd.yaml',
    'manifest kube-apiserver.yaml',
  ];

  test('cgroup v2: one hierarchy; static pods by name', () => {
    expect(parsed(...running, 'release 6.12.1')).toMatchObject({
      cgroupRoots: [{ path: '/sys/fs/cgroup/kubepods.slice', driver: 'systemd', populated: true, recreated: true }],
      staticPods: ['etcd', 'kube-apiserver'],
    });
  });

  test.each([
    ['a kernel that gives inode numbers again', [...running, 'release 4.12.0']],
    [
      'a unit whose cgroup may outlive it',
      [...running.map(line => line.replace('control-group', 'process')), 'release 6.1'],
    ],
    ['a kubelet that does not run', [...running.map(line => line.replace('MainPID 7', 'MainPID 0')), 'release 6.1']],
    ['a unit in no cgroup that was seen', [...running.filter(line => !line.includes('inode 800')), 'release 6.1']],
  ])('%s tells nothing of the root', (_, lines) => {
    expect(parsed(...lines).cgroupRoots).toMatchObject([{ recreated: null }]);
  });

  test('a program that was replaced under the process', () => {
    expect(parsed(...running, 'replaced').running).toMatchObject({ replaced: true });
  });

  test.each([
    [4, /systemd is not the init system/],
    [5, /systemctl did not tell/],
  ])('exit code %i is unknown', (code, reason) => {
    expect(() => kubelet.parse({ process: answer('', code), files: files({}) }, asRoot)).toThrow(reason);
  });

  test('a file that cannot be read needs root', () => {
    const answers = { process: said(...running), files: files({ '/var/lib/kubelet/config.yaml': unreadable }) };
    expect(() => kubelet.parse(answers, asUser)).toThrow(/needs root: \/var\/lib\/kubelet\/config\.yaml/);
  });
});
