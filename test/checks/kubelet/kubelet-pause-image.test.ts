import { kubeletPauseImage } from '../../../src/checks/kubelet/kubelet-pause-image.ts';
import type { CriAnswers } from '../../../src/facts/cri.ts';
import { testCheck } from '../../check-tester.ts';
import { criAnswer } from '../../kubelet-node.ts';
import { joined, skipped, withFiles, wrapper } from './facts.ts';

const none = { '/var/lib/kubelet/kubeadm-flags.env': undefined };
const cri: CriAnswers = {};
const facts = (files: Readonly<Record<string, string | undefined>>, version?: string, answers = cri) => ({
  ...withFiles(files),
  clusterState: joined(version),
  cri: answers,
});
const containerd = (runtimeVersion: string): CriAnswers => ({
  '/run/containerd/containerd.sock': { ...criAnswer(null), runtimeVersion } as CriAnswers[string],
});
const extra = { ...none, '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=""\n' };

testCheck(kubeletPauseImage, {
  pass: [
    {
      name: 'the same',
      facts: facts({}),
      observed: 'registry.k8s.io/pause:3.10.1 (/var/lib/kubelet/kubeadm-flags.env:1)',
    },
    { name: 'no flag', facts: facts(none), observed: /not set/ },
    { name: 'no flag, containerd pins', facts: facts(none, '1.28.5', containerd('1.7.24')), observed: /pins its own/ },
    {
      name: 'no flag, containerd tells no number',
      facts: facts(none, '1.28.5', containerd('dev')),
      observed: /not set/,
    },
    { name: 'no flag, and it would do nothing', facts: facts(none, '1.29.0', containerd('1.6.20')), observed: /1\.29/ },
  ],
  fail: [
    {
      name: 'another, which 1.28 spares',
      facts: facts({}, '1.28.5'),
      desired: { runtime: { sandboxImage: 'registry.example/pause:3.11' } },
      message: /spares registry\.k8s\.io\/pause:3\.10\.1 from its image collection/,
      expected: 'registry.example/pause:3.11',
      fixedByApply: true,
    },
    {
      name: 'another',
      facts: facts({}),
      desired: { runtime: { sandboxImage: 'registry.example/pause:3.11' } },
      message: /from 1\.29 on it spares no image/,
      expected: 'registry.example/pause:3.11',
      fixedByApply: true,
    },
    {
      name: 'no flag, and nobody keeps the image',
      facts: facts(extra, '1.28.5', containerd('1.6.20')),
      severity: 'warning',
      expected: '--pod-infra-container-image=registry.k8s.io/pause:3.10.1',
      remedy: /apply sets the flag in \/etc\/default\/kubelet/,
      fixedByApply: true,
    },
    {
      name: 'no flag, and no file to say it in',
      facts: facts(none, '1.28.5', containerd('1.6.20')),
      severity: 'warning',
      remedy: /start the kubelet with/,
      fixedByApply: false,
    },
  ],
  skip: [
    ...skipped.map(row => ({ ...row, facts: { ...row.facts, cri } })),
    { name: '1.35', facts: facts({}, '1.35.0'), reason: /gone since 1\.35/ },
  ],
  unknown: [{ name: 'a wrapper', facts: facts(wrapper), reason: /by its name/ }],
});
