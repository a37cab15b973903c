import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../src/core/observed.ts';
import { access } from '../../src/facts/access-fact.ts';
import { clock } from '../../src/facts/clock.ts';
import { clusterState, withSandboxes } from '../../src/facts/cluster-state.ts';
import { container } from '../../src/facts/container.ts';
import { dataDirectory } from '../../src/facts/data-directory.ts';
import { filesystems } from '../../src/facts/filesystems.ts';
import { identity } from '../../src/facts/identity.ts';
import { initSystem } from '../../src/facts/init-system.ts';
import { kernelConfig } from '../../src/facts/kernel-config.ts';
import { namespaces } from '../../src/facts/namespaces.ts';
import { osRelease } from '../../src/facts/os-release.ts';
import { countCpus, resources } from '../../src/facts/resources.ts';
import { sysctl } from '../../src/facts/sysctl.ts';
import { tools } from '../../src/facts/tools.ts';
import { answer, asRoot, asUser, files, knownValue, unreadable } from './answers.ts';

const criAnswer = (sandboxes: number) =>
  ({
    answered: true,
    runtimeName: 'containerd',
    runtimeVersion: '1.7.24',
    conditions: [],
    config: undefined,
    cgroupDriver: null,
    handlers: [],
    sandboxes,
  }) as const;

describe('access', () => {
  const status = (uid: number) => files({ '/proc/self/status': `Name:\tgrep\nUid:\t1000\t${uid}\t${uid}\t${uid}\n` });

  test.each([
    [0, 'ops', { user: 'root', uid: 0, root: true, reason: '' }],
    [1000, 'ops', { user: 'ops', uid: 1000, root: false, reason: 'sudo asks for a password' }],
  ])('uid %i', (uid, user, expected) => {
    expect(knownValue(access.parse({ status: status(uid), user: answer(user) }, asUser))).toEqual(expected);
  });
});

describe('clock', () => {
  const parse = (text: string, sentAt: number, receivedAt: number) =>
    knownValue(clock.parse({ now: answer(text) }, { ...asRoot, sentAt, receivedAt }));

  test('counts the round trip as uncertainty', () => {
    const seen = parse('epoch 1000\nsynchronized yes\n', 995_000, 997_000);
    expect(seen).toEqual({ epochSeconds: 1000, aheadSeconds: 4.5, uncertaintySeconds: 2, synchronized: true });
  });

  test.each([
    ['epoch 1\nsynchronized no\n', false],
    ['epoch 1\n', null],
  ])('%j', (text, synchronized) => {
    expect(parse(text, 0, 0).synchronized).toBe(synchronized);
  });

  test('a host without date is unknown', () => {
    expect(() => parse('', 0, 0)).toThrow('date');
  });
});

describe('clusterState', () => {
  const parse = (text: string, context = asRoot) => knownValue(clusterState.parse({ signs: answer(text) }, context));

  test.each([
    ['', { joined: false, evidence: undefined, foreign: undefined, kubeletVersion: undefined }],
    [
      'joined /etc/kubernetes/kubelet.conf\nkubelet Kubernetes v1.34.1\n',
      { joined: true, evidence: '/etc/kubernetes/kubelet.conf', kubeletVersion: '1.34.1' },
    ],
    [
      'joined /opt/k/kubeconfig\nkubelet \n',
      { joined: true, evidence: '/opt/k/kubeconfig', kubeletVersion: undefined },
    ],
    [
      'foreign k3s /usr/local/bin/k3s\nforeign k3s /var/lib/rancher/k3s\n',
      { joined: false, foreign: { name: 'k3s', evidence: '/usr/local/bin/k3s' } },
    ],
  ])('%j', (text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });

  const holding = (...sandboxes: readonly number[]) =>
    known(Object.fromEntries(sandboxes.map((count, index) => [`/run/${index}.sock`, criAnswer(count)])));
  const fresh = { joined: false, evidence: undefined, foreign: undefined, kubeletVersion: '1.34.1' };

  test.each([
    [holding(), fresh],
    [holding(0), fresh],
    [known({ '/run/a.sock': { answered: false, reason: 'stopped' } as const }), fresh],
    [unknown('needs root'), fresh],
    [holding(1), { ...fresh, joined: true, evidence: 'its runtime holds 1 pod sandbox' }],
    [holding(0, 2, 3), { ...fresh, joined: true, evidence: 'its runtime holds 5 pod sandboxes' }],
  ])('sandboxes make a node: %j', (cri, expected) => {
    expect(withSandboxes(known(fresh), cri)).toEqual(known(expected));
  });

  test('a kubeconfig tells more than sandboxes, and what is unknown stays so', () => {
    const joined = known({ ...fresh, joined: true, evidence: '/etc/kubernetes/kubelet.conf' });
    expect(withSandboxes(joined, holding(4))).toEqual(joined);
    expect(withSandboxes(unknown('needs root'), holding(4))).toEqual(unknown('needs root'));
  });

  test('a hidden directory is not a fresh host', () => {
    expect(() => parse('hidden /etc/kubernetes\n', asUser)).toThrow(/needs root: \/etc\/kubernetes/);
  });
});

describe('container', () => {
  const mounts = (options: string) =>
    `22 1 0:21 / /proc rw - proc proc rw\n23 22 0:21 / /proc/sys ${options} - proc proc rw\n`;
  const parse = (mark: string, marks: string, options: string, context = asRoot) =>
    knownValue(
      container.parse(
        {
          files: files({
            '/proc/self/mountinfo': mounts(options),
            ...(mark === '' ? {} : { '/run/systemd/container': mark }),
          }),
          marks: answer(marks),
        },
        context,
      ),
    );

  test.each([
    ['systemd-nspawn\n', '', 'ro', { kind: 'systemd-nspawn', readOnlySysctls: true }],
    ['', 'docker\n', 'rw', { kind: 'docker', readOnlySysctls: false }],
    ['', 'lxc\n', 'rw', { kind: 'lxc', readOnlySysctls: false }],
    ['', '', 'rw', { kind: null, readOnlySysctls: false }],
  ])('%j %j %s', (mark, marks, options, expected) => {
    expect(parse(mark, marks, options)).toEqual(expected);
  });

  test('without systemd a user cannot tell', () => {
    expect(() => parse('', 'unreadable\n', 'rw', asUser)).toThrow(/needs root: \/proc\/1\/environ/);
  });
});

describe('dataDirectory', () => {
  const mountinfo = (type: string) =>
    `1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /var rw,nosuid - ${type} /dev/sda2 rw\n`;
  const space = (extra = '') =>
    `path /var/lib/containerd\nexisting /var/lib\nspace 4096 100 40 1000 900 ext2/ext3\n${extra}`;
  const parse = (type: string, text: string) =>
    knownValue(
      dataDirectory.parse({ mounts: files({ '/proc/self/mountinfo': mountinfo(type) }), space: answer(text) }, asRoot),
    );

  test('space and mount of the nearest directory that exists', () => {
    expect(parse('ext4', space())).toEqual({
      path: '/var/lib/containerd',
      mountPoint: '/var',
      fsType: 'ext4',
      options: ['rw', 'nosuid'],
      dType: true,
      totalBytes: 409_600,
      freeBytes: 163_840,
      totalInodes: 1000,
      freeInodes: 900,
    });
  });

  test.each([
    ['xfs', 'ftype=1\n', true],
    ['xfs', 'ftype=0\n', false],
    ['xfs', '', null],
    ['btrfs', '', true],
    ['overlay', '', null],
    ['nfs4', '', null],
  ])('directory entry types on %s %j', (type, extra, expected) => {
    expect(parse(type, space(extra)).dType).toBe(expected);
  });

  test('a file system that hangs is unknown', () => {
    const answers = { mounts: files({}), space: answer('path /x\nexisting /x\n', 124) };
    expect(() => dataDirectory.parse(answers, asRoot)).toThrow('did not answer');
  });
});

test('filesystems: names with and without nodev', () => {
  const text = 'nodev\tsysfs\n\text4\nnodev\toverlay\n';
  expect(knownValue(filesystems.parse({ files: files({ '/proc/filesystems': text }) }, asRoot))).toEqual([
    'sysfs',
    'ext4',
    'overlay',
  ]);
});

describe('identity', () => {
  const uuid = '/sys/class/dmi/id/product_uuid';
  const parse = (found: Parameters<typeof files>[0], context = asRoot) =>
    knownValue(identity.parse({ files: files({ '/proc/sys/kernel/hostname': 'node-1\n', ...found }) }, context));

  test('reads all three', () => {
    expect(parse({ '/etc/machine-id': 'abc\n', [uuid]: 'FFEE-01\n' })).toEqual({
      hostname: 'node-1',
      machineId: 'abc',
      productUuid: 'ffee-01',
      productUuidReason: undefined,
    });
  });

  test.each([{}, { '/etc/machine-id': 'uninitialized\n' }, { '/etc/machine-id': '' }])(
    'no machine id yet: %j',
    found => {
      expect(parse(found).machineId).toBe('');
    },
  );

  test('no DMI and no permission are told apart', () => {
    expect(parse({})).toMatchObject({ productUuid: null, productUuidReason: undefined });
    expect(parse({ [uuid]: unreadable }, asUser)).toMatchObject({
      productUuid: null,
      productUuidReason: expect.stringMatching(/^needs root/),
    });
  });
});

test.each([
  ['epoch 1000\nsystemd yes\nversion 257\n', { systemd: true, version: 257, bootedAtSeconds: 900 }],
  ['epoch 1000\nsystemd yes\nversion 256.7-1.fc41\n', { systemd: true, version: 256 }],
  ['epoch 1000\n', { systemd: false, version: null }],
])('initSystem %j', (text, expected) => {
  const found = files({ '/proc/sys/kernel/random/boot_id': 'b-1\n', '/proc/uptime': '100.40 12.00\n' });
  expect(knownValue(initSystem.parse({ files: found, systemd: answer(text) }, asRoot))).toMatchObject({
    bootId: 'b-1',
    ...expected,
  });
});

describe('kernelConfig', () => {
  const parse = (text: string, context = asRoot) => knownValue(kernelConfig.parse({ options: answer(text) }, context));

  test('options with their values', () => {
    expect(parse('unreadable /x\npath /boot/config-6.1\nCONFIG_NAMESPACES=y\nCONFIG_OVERLAY_FS=m\n')).toEqual({
      path: '/boot/config-6.1',
      options: { NAMESPACES: 'y', OVERLAY_FS: 'm' },
    });
  });

  test.each([
    ['', /none of the usual places/],
    ['path /boot/config-6.1\n', /holds no kernel configuration/],
  ])('%j', (text, reason) => {
    expect(() => parse(text)).toThrow(reason);
  });

  test('a config for root only', () => {
    expect(() => parse('unreadable /boot/config-6.1\n', asUser)).toThrow(/needs root: \/boot\/config-6\.1/);
  });
});

test('namespaces: kinds and quotas, absent quotas are null', () => {
  const found = files({ '/proc/sys/user/max_user_namespaces': '0\n', '/proc/sys/user/max_net_namespaces': '100\n' });
  const seen = knownValue(namespaces.parse({ files: found, present: answer('mnt\nnet\npid_for_children\n') }, asRoot));
  expect(seen.present).toEqual(['mnt', 'net']);
  expect(seen.quotas).toMatchObject({ user: 0, net: 100, time: null });
});

describe('osRelease', () => {
  const parse = (found: Parameters<typeof files>[0]) => knownValue(osRelease.parse({ files: files(found) }, asRoot));

  test('quotes, escapes and lists', () => {
    const text =
      'ID=rocky\nID_LIKE="rhel centos  fedora"\nVERSION_ID="9.6"\nPRETTY_NAME="Rocky \\"9\\""\nNAME=\'x\'\n# c\n';
    expect(parse({ '/etc/os-release': text })).toEqual({
      id: 'rocky',
      idLike: ['rhel', 'centos', 'fedora'],
      versionId: '9.6',
      codename: undefined,
      prettyName: 'Rocky "9"',
    });
  });

  test('/etc wins over /usr/lib; without both it is unknown', () => {
    expect(parse({ '/usr/lib/os-release': 'ID=b\n', '/etc/os-release': 'ID=a\n' }).id).toBe('a');
    expect(() => parse({})).toThrow('os-release');
  });
});

describe('resources', () => {
  test.each([
    ['0', 1],
    ['0-3', 4],
    ['0-1,4,6-7', 5],
  ])('%s is %i CPUs', (list, cpus) => {
    expect(countCpus(list)).toBe(cpus);
  });

  test('memory in KiB', () => {
    const found = files({
      '/proc/meminfo': 'MemTotal:       2048000 kB\nMemFree: 1 kB\nMemAvailable:   1024000 kB\n',
      '/proc/self/status': 'Cpus_allowed_list:\t0-1\n',
    });
    expect(knownValue(resources.parse({ files: found }, asRoot))).toEqual({
      cpus: 2,
      memTotalKib: 2_048_000,
      memAvailableKib: 1_024_000,
    });
  });
});

test('sysctl: absent is null, unreadable is left out, white space is squashed', () => {
  const found = files({
    '/proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n',
    '/proc/sys/vm/overcommit_memory': unreadable,
  });
  const seen = knownValue(sysctl.parse({ files: found }, asRoot));
  expect(seen['net.ipv4.ip_local_port_range']).toBe('32768 60999');
  expect(seen['net.ipv4.ip_forward']).toBeNull();
  expect('vm.overcommit_memory' in seen).toBe(false);
});

test('tools: found by path; nothing at all found is unknown', () => {
  const seen = knownValue(tools.parse({ paths: answer('ip /usr/sbin/ip\nmount /bin/mount\n') }, asRoot));
  expect(seen).toMatchObject({ ip: '/usr/sbin/ip', mount: '/bin/mount', iptables: null });
  expect(() => tools.parse({ paths: answer('') }, asRoot)).toThrow('no program');
});
