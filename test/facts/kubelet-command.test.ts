import { describe, expect, test } from 'vitest';
import { nextCommand, unitFiles } from '../../src/facts/kubelet-command.ts';
import { flagOf, kubeletFlags } from '../../src/facts/kubelet-flags.ts';
import { environmentAssignments, splitWords, unitAssignments } from '../../src/facts/systemd-words.ts';
import { aKubelet } from '../kubelet.ts';
import { recordedKubelet } from './kubelet-fixture.ts';

const words = (files: Readonly<Record<string, string | undefined>>) => nextCommand(aKubelet({ files }));
const texts = (files: Readonly<Record<string, string | undefined>>) => words(files)?.map(({ text }) => text);

test('the next command line of a real kubelet is the one that runs', () => {
  const kubelet = recordedKubelet('cgroupfs-recreated');
  expect(nextCommand(kubelet)?.map(({ text }) => text)).toEqual(kubelet.running?.argv);
});

test('each word with the place where it is written', () => {
  expect(words({ '/etc/default/kubelet': '# x\nKUBELET_EXTRA_ARGS="--v 2 --cgroup-driver=cgroupfs"\n' })).toEqual([
    { text: '/usr/bin/kubelet', place: '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf:8' },
    ...[
      '--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf',
      '--kubeconfig=/etc/kubernetes/kubelet.conf',
    ].map(text => ({ text, place: '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf:3' })),
    {
      text: '--config=/var/lib/kubelet/config.yaml',
      place: '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf:4',
    },
    {
      text: '--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock',
      place: '/var/lib/kubelet/kubeadm-flags.env:1',
    },
    { text: '--pod-infra-container-image=registry.k8s.io/pause:3.10.1', place: '/var/lib/kubelet/kubeadm-flags.env:1' },
    ...['--v', '2', '--cgroup-driver=cgroupfs'].map(text => ({ text, place: '/etc/default/kubelet:2' })),
  ]);
});

describe('units', () => {
  test('a drop-in in /etc hides the one of its name elsewhere, and a later name wins', () => {
    const kubelet = aKubelet({
      files: {
        '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf': '[Service]\nEnvironment=A=--v=1\n',
        '/etc/systemd/system/kubelet.service.d/20-mine.conf':
          '[Service]\nEnvironment=A=--v=2\nExecStart=\nExecStart=-/opt/bin/kubelet $A\n',
      },
    });
    expect(unitFiles(kubelet).map(({ path }) => path)).toEqual([
      '/usr/lib/systemd/system/kubelet.service',
      '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf',
      '/etc/systemd/system/kubelet.service.d/20-mine.conf',
    ]);
    expect(nextCommand(kubelet)?.map(({ text }) => text)).toEqual(['/opt/bin/kubelet', '--v=2']);
  });

  test('an environment file wins over Environment=, an empty setting forgets the list', () => {
    const dropIn = '/etc/systemd/system/kubelet.service.d/99.conf';
    const files = { '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=--v=4' };
    expect(texts({ ...files, [dropIn]: '[Service]\nEnvironment=KUBELET_EXTRA_ARGS=--v=1\n' })).toContain('--v=4');
    expect(texts({ ...files, [dropIn]: '[Service]\nEnvironmentFile=\n' })).not.toContain('--v=4');
  });

  test.each([
    ['a wrapper', '[Service]\nExecStart=\nExecStart=/bin/sh -c "exec kubelet"\n'],
    ['no command', '[Service]\nExecStart=\n'],
  ])('%s cannot be told', (_, text) => {
    expect(words({ '/etc/systemd/system/kubelet.service.d/99.conf': text })).toBeUndefined();
  });

  test('a name in braces stays one word, $$ is a dollar, a name that is not set is nothing', () => {
    expect(
      texts({
        '/etc/systemd/system/kubelet.service.d/99.conf': `[Service]\nEnvironment="B=x y"\nExecStart=\nExecStart=/usr/bin/kubelet --a=$\{B} $NONE --c=$$1\n`,
      }),
    ).toEqual(['/usr/bin/kubelet', '--a=x y', '--c=$1']);
  });
});

describe('what systemd reads', () => {
  test.each([
    ['KEY=a b', 'a b'],
    ['KEY="a \\"b\\" $c"', 'a "b" $c'],
    ['KEY=\'a "b"\'', 'a "b"'],
    ['KEY="a \\\n b"', 'a   b'],
    ['KEY="a"\'b\'c', 'abc'],
    ['KEY=', ''],
    ['# KEY=x\n;KEY=y\n  KEY=z', 'z'],
  ])('environment file %j', (text, value) => {
    expect(environmentAssignments('/e', text).map(found => [found.key, found.value])).toEqual([['KEY', value]]);
  });

  test('lines that are no assignment are nothing', () => {
    expect(environmentAssignments('/e', 'export KEY=1\nnothing\n=x\n')).toEqual([]);
  });

  test('settings of one section, with their line', () => {
    expect(unitAssignments('/u', '[Unit]\nA=1\n[Service]\n# x\nA = 2 \\\n  # y\n  3\nB=\n', 'Service')).toEqual([
      { key: 'A', value: '2    3', path: '/u', line: 5 },
      { key: 'B', value: '', path: '/u', line: 8 },
    ]);
  });

  test.each([
    ['a  b\tc', ['a', 'b', 'c']],
    ['"a b" c', ['a b', 'c']],
    ["--x='a b'", ['--x=a b']],
    ['a\\ b', ['a b']],
    ['"KEY=--v=1 --w"', ['KEY=--v=1 --w']],
    ['', []],
  ])('words of %j', (text, expected) => expect(splitWords(text)).toEqual(expected));
});

describe('flags', () => {
  const flags = (...argv: readonly string[]) =>
    kubeletFlags(['/usr/bin/kubelet', ...argv].map(text => ({ text, place: '' })));
  test.each([
    [['--cgroup-driver=systemd'], 'cgroup-driver', 'systemd'],
    [['--cgroup-driver', 'systemd'], 'cgroup-driver', 'systemd'],
    [['--cgroup_driver=systemd'], 'cgroup-driver', 'systemd'],
    [['--cgroup-driver=systemd', '--cgroup-driver=cgroupfs'], 'cgroup-driver', 'cgroupfs'],
    [['--fail-swap-on', 'x'], 'fail-swap-on', 'true'],
    [['--fail-swap-on=false'], 'fail-swap-on', 'false'],
    [['--some-switch', '--v=1'], 'some-switch', 'true'],
    [['--node-labels='], 'node-labels', ''],
    [['-v', '2'], 'v', undefined],
  ])('%j', (argv, name, value) => expect(flagOf(flags(...argv), name)?.value).toBe(value));
});
