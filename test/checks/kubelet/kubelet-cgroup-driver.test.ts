import { kubeletCgroupDriver } from '../../../src/checks/kubelet/kubelet-cgroup-driver.ts';
import { recordedKubelet } from '../../facts/kubelet-fixture.ts';
import { aKubelet, root } from '../../kubelet.ts';
import { criAnswer } from '../../kubelet-node.ts';
import { containerdService, recorded, stopped, testRuntimeCheck } from '../runtime/facts.ts';
import { joined, skipped } from './facts.ts';

const on = (driver: 'systemd' | 'cgroupfs') => aKubelet({ cgroupRoots: [root(driver, true)] });
const crio = aKubelet({
  files: {
    '/var/lib/kubelet/kubeadm-flags.env':
      'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///var/run/crio/crio.sock"\n',
  },
});
const desiredCrio = { runtime: { name: 'cri-o' } } as const;

testRuntimeCheck(kubeletCgroupDriver, {
  pass: [
    {
      name: 'both cgroupfs, whatever the plan; that is told by cgroup-driver',
      facts: { ...recorded('trixie'), clusterState: joined(), kubelet: recordedKubelet('cgroupfs-recreated') },
      observed: 'kubelet cgroupfs (cgroup kubepods, made since it started), runtime cgroupfs (CRI Status)',
    },
    {
      name: 'containerd, while the inventory names another runtime: before it has moved there, and after that was taken back',
      facts: { ...recorded('trixie'), clusterState: joined(), kubelet: recordedKubelet('cgroupfs-recreated') },
      desired: desiredCrio,
      observed: 'kubelet cgroupfs (cgroup kubepods, made since it started), runtime cgroupfs (CRI Status)',
    },
    {
      name: 'CRI-O tells its own',
      facts: {
        ...recorded('trixie'),
        clusterState: joined(),
        kubelet: crio,
        cri: { '/run/crio/crio.sock': criAnswer('systemd') },
      },
      desired: desiredCrio,
      observed: /runtime systemd \(CRI RuntimeConfig\)$/,
    },
  ],
  fail: [
    {
      name: 'recorded: kubelet on systemd, containerd on cgroupfs',
      facts: { ...recorded('trixie'), clusterState: joined(), kubelet: recordedKubelet('systemd-beside-cgroupfs') },
      message: /the kubelet uses systemd and its runtime cgroupfs/,
      expected: 'systemd on both sides, as the inventory says',
      fixedByApply: true,
    },
    {
      name: 'a kubelet that kept the driver of before although its runtime tells another now',
      facts: {
        ...recorded('sid'),
        clusterState: joined(),
        kubelet: on('systemd'),
      },
      observed: 'kubelet systemd (cgroup kubepods.slice, made since it started), runtime cgroupfs (CRI RuntimeConfig)',
    },
  ],
  skip: [
    ...skipped.map(row => ({ ...row, facts: { ...recorded('trixie'), ...row.facts } })),
    {
      name: 'a kubelet that does not run',
      facts: { ...recorded('trixie'), clusterState: joined(), kubelet: aKubelet({ running: undefined }) },
      reason: 'the kubelet does not run',
    },
    {
      name: 'a runtime that does not run',
      facts: { ...recorded('trixie'), services: stopped, clusterState: joined(), kubelet: on('systemd') },
      reason: /containerd does not run/,
    },
  ],
  unknown: [
    {
      name: 'no cgroup of its own and a runtime younger than it',
      facts: {
        ...recorded('sid'),
        services: containerdService({ startedAtSeconds: 2_000_000_000 }),
        clusterState: joined(),
        kubelet: aKubelet({ cgroupRoots: [] }),
      },
      reason: /the driver of the kubelet: the runtime was started after the kubelet/,
    },
    {
      name: 'a runtime that was not asked',
      facts: { ...recorded('trixie'), clusterState: joined(), kubelet: crio, cri: {} },
      desired: desiredCrio,
      reason: /the driver of the runtime: the runtime at the endpoint/,
    },
    {
      name: 'a runtime without RuntimeConfig',
      facts: {
        ...recorded('trixie'),
        clusterState: joined(),
        kubelet: crio,
        cri: { '/run/crio/crio.sock': criAnswer(null) },
      },
      desired: desiredCrio,
      reason: /does not implement RuntimeConfig/,
    },
  ],
});
