import { describe, expect, test } from 'vitest';
import type { CriAnswer } from '../../src/facts/cri.ts';
import {
  asksRuntime,
  commandDifference,
  configNewerThanKubelet,
  type DriverEvidence,
  kubeletDriverInForce,
  nextSettings,
  runningSettings,
} from '../../src/facts/kubelet-in-force.ts';
import { aKubelet, kubeletStart, root } from '../kubelet.ts';
import { knownValue } from './answers.ts';
import { recordedKubelet } from './kubelet-fixture.ts';

const config = '/var/lib/kubelet/config.yaml';

describe('which setting wins', () => {
  const next = (files: Readonly<Record<string, string | undefined>>, version = '1.34.3') =>
    knownValue(nextSettings(aKubelet({ files }), version));

  test('a file, with its line', () => {
    expect(next({}).cgroupDriver).toEqual({ value: 'systemd', setBy: 'file', from: `${config}:2`, path: config });
  });

  test.each([
    ['systemd-with-pods', 'systemd', `${config}:16`, `${config}:20`],
    ['driver-from-runtime', 'cgroupfs', "the kubelet's default", `${config}:19`],
    ['flag-layout', 'systemd', `${config}:16`, '--container-runtime-endpoint in /var/lib/kubelet/kubeadm-flags.env:1'],
    [
      'drop-in-wins',
      'cgroupfs',
      '/etc/kubernetes/kubelet.conf.d/20-x.conf:3',
      '--container-runtime-endpoint in /var/lib/kubelet/kubeadm-flags.env:1',
    ],
  ])('recorded: %s', (name, driver, driverFrom, endpointFrom) => {
    const settings = knownValue(nextSettings(recordedKubelet(name), '1.34.3'));
    expect(settings.cgroupDriver).toMatchObject({ value: driver, from: driverFrom });
    expect(settings.containerRuntimeEndpoint).toMatchObject({
      value: 'unix:///var/run/containerd/containerd.sock',
      from: endpointFrom,
    });
  });

  test('a flag beats the files and is named with its file', () => {
    expect(next({ '/etc/default/kubelet': '\nKUBELET_EXTRA_ARGS=--cgroup-driver=cgroupfs\n' }).cgroupDriver).toEqual({
      value: 'cgroupfs',
      setBy: 'flag',
      from: '--cgroup-driver in /etc/default/kubelet:2',
      path: '/etc/default/kubelet',
    });
  });

  test('drop-ins by name, the last wins; other endings do not count', () => {
    const settings = next({
      '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=--config-dir=/etc/kubelet.d/\n',
      '/etc/kubelet.d/10-a.conf': 'cgroupDriver: systemd\nfailSwapOn: off\n',
      '/etc/kubelet.d/20-b.conf': 'cgroupDriver: cgroupfs\nmemorySwap:\n  swapBehavior: LimitedSwap\n',
      '/etc/kubelet.d/30-c.yaml': 'cgroupDriver: systemd\n',
      '/etc/kubelet.d/15-dir/z.conf': 'cgroupDriver: systemd\n',
    });
    expect(settings.cgroupDriver).toMatchObject({ value: 'cgroupfs', from: '/etc/kubelet.d/20-b.conf:1' });
    expect(settings.failSwapOn).toMatchObject({ value: false, from: '/etc/kubelet.d/10-a.conf:2' });
    expect(settings.swapBehavior).toMatchObject({ value: 'LimitedSwap', from: '/etc/kubelet.d/20-b.conf:3' });
  });

  test('gates of files and flags together', () => {
    const gates = next({
      [config]: 'featureGates:\n  A: true\n  B: true\n',
      '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS="--feature-gates=B=false,C=true"\n',
    }).featureGates;
    expect(gates).toEqual({ A: true, B: false, C: true });
  });

  test("the kubelet's defaults, by version", () => {
    const settings = next({
      [config]: 'kind: KubeletConfiguration\n',
      '/var/lib/kubelet/kubeadm-flags.env': undefined,
    });
    expect(settings.cgroupDriver).toEqual({
      value: 'cgroupfs',
      setBy: 'default',
      from: "the kubelet's default",
      path: undefined,
    });
    expect(settings.containerRuntimeEndpoint.value).toBe('unix:///run/containerd/containerd.sock');
    expect(settings.failSwapOn.value).toBe(true);
    expect(settings.failCgroupV1.value).toBe(false);
    expect(next({}, '1.35.0').failCgroupV1.value).toBe(true);
  });

  test('an empty value is the default', () => {
    const settings = next({ '/var/lib/kubelet/kubeadm-flags.env': 'KUBELET_KUBEADM_ARGS=""\n' });
    expect(settings.containerRuntimeEndpoint).toMatchObject({ setBy: 'default' });
  });

  test.each([
    [{ [config]: undefined }, /config\.yaml, which --config names, does not exist/],
    [{ [config]: '- a\n' }, /config\.yaml is not a mapping/],
    [{ [config]: 'a: [\n' }, /config\.yaml is not a mapping/],
    [
      { '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf': '[Service]\nExecStart=\nExecStart=/x.sh\n' },
      /by its name/,
    ],
  ])('%j is unknown', (files, reason) => {
    const settings = nextSettings(aKubelet({ files }), '1.34.3');
    expect(settings).toMatchObject({ known: false, reason: expect.stringMatching(reason) });
  });

  test('a key that is there twice: the last, as the kubelet reads it', () => {
    expect(next({ [config]: 'cgroupDriver: systemd\ncgroupDriver: cgroupfs\n' }).cgroupDriver).toMatchObject({
      value: 'cgroupfs',
      from: `${config}:2`,
    });
  });
});

describe('a file says one thing and the process runs another', () => {
  test('a file newer than the process', () => {
    const kubelet = aKubelet({ newer: [config] });
    expect(configNewerThanKubelet(kubelet)).toEqual([config]);
    expect(runningSettings(kubelet, '1.34.3')).toMatchObject({ known: false });
    expect(configNewerThanKubelet(recordedKubelet('config-newer'))).toEqual([config]);
    expect(configNewerThanKubelet(recordedKubelet('cgroupfs-kept'))).toEqual([]);
  });

  test('another command line', () => {
    const { running } = aKubelet();
    const edited = aKubelet({
      files: { '/var/lib/kubelet/kubeadm-flags.env': 'KUBELET_KUBEADM_ARGS="--v=3"\n' },
      running,
    });
    expect(commandDifference(edited)).toMatchObject({
      running: [
        '--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock',
        '--pod-infra-container-image=registry.k8s.io/pause:3.10.1',
      ],
      next: ['--v=3'],
    });
    expect(commandDifference(aKubelet())).toBeUndefined();
    expect(commandDifference(recordedKubelet('config-newer'))).toBeUndefined();
    expect(knownValue(runningSettings(edited, '1.34.3')).containerRuntimeEndpoint).toMatchObject({
      from: '--container-runtime-endpoint of the running process',
    });
  });
});

describe('the driver in force', () => {
  const answered = (cgroupDriver: 'systemd' | 'cgroupfs' | null): CriAnswer => ({
    answered: true,
    runtimeName: 'containerd',
    runtimeVersion: '2.2.0',
    conditions: [],
    config: undefined,
    cgroupDriver,
    handlers: [],
    sandboxes: 0,
  });
  const driver = (evidence: Partial<DriverEvidence>) =>
    kubeletDriverInForce({
      kubelet: aKubelet(),
      version: '1.34.3',
      cri: answered(null),
      runtimeStartedAtSeconds: kubeletStart - 10,
      ...evidence,
    });
  const both = [root('systemd', false), root('cgroupfs', false)];

  test.each([
    ['cgroupfs-recreated', { value: 'cgroupfs', from: 'cgroup kubepods, made since it started' }],
    ['cgroupfs-kept', { value: 'cgroupfs', from: 'cgroup kubepods is there and no other' }],
    ['systemd-beside-cgroupfs', { value: 'systemd', from: 'cgroup kubepods.slice, made since it started' }],
    ['both-kept', { value: 'systemd', from: `${config}:9` }],
    ['systemd-with-pods', { value: 'systemd', from: 'cgroup kubepods.slice, made since it started' }],
    ['driver-from-runtime', { value: 'cgroupfs', from: 'cgroup kubepods is there and no other' }],
    ['flag-layout', { value: 'systemd', from: 'cgroup kubepods.slice is there and no other' }],
    ['drop-in-wins', { value: 'cgroupfs', from: 'cgroup kubepods, made since it started' }],
  ])('recorded: %s', (name, expected) => {
    expect(knownValue(driver({ kubelet: recordedKubelet(name) }))).toEqual(expected);
  });

  test('its own root beats what the runtime answers now', () => {
    const kubelet = aKubelet({ cgroupRoots: [root('cgroupfs', true)] });
    expect(knownValue(driver({ kubelet, cri: answered('systemd') })).value).toBe('cgroupfs');
  });

  test.each([
    ['1.34.3', {}, 'cgroupfs', 'RuntimeConfig of the runtime'],
    ['1.31.0', {}, 'cgroupfs', 'RuntimeConfig of the runtime'],
    ['1.31.0', { KubeletCgroupDriverFromCRI: false }, 'systemd', `${config}:2`],
    ['1.30.9', {}, 'systemd', `${config}:2`],
    ['1.28.0', { KubeletCgroupDriverFromCRI: true }, 'cgroupfs', 'RuntimeConfig of the runtime'],
    ['1.27.0', { KubeletCgroupDriverFromCRI: true }, 'systemd', `${config}:2`],
  ])('%s with gates %j', (version, gates, value, from) => {
    const text = `kind: KubeletConfiguration\ncgroupDriver: systemd\nfeatureGates: ${JSON.stringify(gates)}\n`;
    const kubelet = aKubelet({ cgroupRoots: both, files: { [config]: text } });
    expect(knownValue(driver({ kubelet, version, cri: answered('cgroupfs') }))).toEqual({ value, from });
  });

  test.each<[string, Partial<DriverEvidence>, RegExp]>([
    ['no kubelet runs', { kubelet: aKubelet({ running: undefined }) }, /no kubelet runs/],
    [
      'it restarts over and over',
      { kubelet: aKubelet({ unit: { loadState: 'loaded', activeState: 'activating', restarts: 9 } }) },
      /no kubelet runs/,
    ],
    [
      'both roots are new',
      { kubelet: aKubelet({ cgroupRoots: [root('systemd', true), root('cgroupfs', true)] }) },
      /both kubepods/,
    ],
    [
      'the runtime is younger',
      { kubelet: aKubelet({ cgroupRoots: both }), cri: answered('systemd'), runtimeStartedAtSeconds: kubeletStart + 5 },
      /started after the kubelet/,
    ],
    [
      'the runtime does not answer',
      { kubelet: aKubelet({ cgroupRoots: both }), cri: { answered: false, reason: 'connection refused' } },
      /does not answer: connection refused/,
    ],
    [
      'the file is newer',
      { kubelet: aKubelet({ cgroupRoots: both, newer: [config] }) },
      /config\.yaml is newer than the running kubelet/,
    ],
    [
      'its program was replaced',
      {
        kubelet: aKubelet({
          cgroupRoots: both,
          running: { pid: 1, argv: ['/usr/bin/kubelet'], startedAtSeconds: kubeletStart, replaced: true },
        }),
      },
      /replaced/,
    ],
  ])('unknown: %s', (_, evidence, reason) => {
    expect(driver(evidence)).toMatchObject({ known: false, reason: expect.stringMatching(reason) });
  });

  test('cgroups below kubepods tell nothing where its pods are elsewhere', () => {
    const kubelet = aKubelet({ files: { [config]: 'cgroupRoot: /kubelet\ncgroupDriver: cgroupfs\n' } });
    expect(knownValue(driver({ kubelet }))).toEqual({ value: 'cgroupfs', from: `${config}:2` });
  });

  test('configz counts where the kubelet does not get its driver from the runtime', () => {
    const kubelet = aKubelet({ cgroupRoots: both, newer: [config] });
    expect(knownValue(driver({ kubelet, configz: 'cgroupfs' }))).toEqual({ value: 'cgroupfs', from: 'configz' });
    expect(knownValue(driver({ kubelet, configz: 'cgroupfs', cri: answered('systemd') })).value).toBe('systemd');
  });

  test('the gate is locked from 1.34 on', () => {
    expect(asksRuntime('1.34.0', { KubeletCgroupDriverFromCRI: false })).toBe(true);
  });
});
