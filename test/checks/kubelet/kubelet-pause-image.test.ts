import { kubeletPauseImage } from '../../../src/checks/kubelet/kubelet-pause-image.ts';
import { testCheck } from '../../check-tester.ts';
import { joined, skipped, withFiles, wrapper } from './facts.ts';

const none = { '/var/lib/kubelet/kubeadm-flags.env': undefined };

testCheck(kubeletPauseImage, {
  pass: [
    {
      name: 'the same',
      facts: withFiles({}),
      observed: 'registry.k8s.io/pause:3.10.1 (/var/lib/kubelet/kubeadm-flags.env:1)',
    },
    { name: 'no flag', facts: withFiles(none), observed: /not set/ },
  ],
  fail: [
    {
      name: 'another',
      facts: withFiles({}),
      desired: { runtime: { sandboxImage: 'registry.example/pause:3.11' } },
      expected: 'registry.example/pause:3.11',
      fixedByApply: true,
    },
  ],
  skip: [
    ...skipped,
    { name: '1.35', facts: { ...withFiles({}), clusterState: joined('1.35.0') }, reason: /gone since 1\.35/ },
  ],
  unknown: [{ name: 'a wrapper', facts: withFiles(wrapper), reason: /by its name/ }],
});
