import { kubeletVersionSkew } from '../../../src/checks/kubelet/kubelet-version-skew.ts';
import { testCheck } from '../../check-tester.ts';
import { joined, skipped, withFiles } from './facts.ts';

const of = (version: string | undefined) => ({
  ...withFiles({}),
  clusterState: { ...joined(), kubeletVersion: version },
});

testCheck(kubeletVersionSkew, {
  pass: [
    { name: 'the same', facts: of('1.34.3'), observed: 'kubelet 1.34.3, Kubernetes 1.34' },
    { name: 'three older', facts: of('1.31.0') },
  ],
  fail: [
    { name: 'newer', facts: of('1.35.0'), message: 'the kubelet is newer than Kubernetes 1.34' },
    { name: 'four older', facts: of('1.30.9'), message: 'the kubelet is 4 minor versions older than Kubernetes 1.34' },
    {
      name: 'three older than an old one',
      facts: of('1.24.0'),
      desired: { kubernetesVersion: '1.27' },
      expected: 'not newer than 1.27, and at most 2 minor versions older',
    },
  ],
  skip: skipped,
  unknown: [{ name: 'no version', facts: of(undefined), reason: /gives no version/ }],
});
