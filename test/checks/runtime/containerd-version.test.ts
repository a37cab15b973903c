import { containerdVersion } from '../../../src/checks/runtime/containerd-version.ts';
import { testCheck } from '../../check-tester.ts';
import { absentContainerd, containerdFact } from './facts.ts';

const pair = (version: string | undefined, kubernetesVersion: string) => ({
  name: `${version} with ${kubernetesVersion}`,
  facts: { containerd: containerdFact({ version }) },
  desired: { kubernetesVersion },
});

testCheck(containerdVersion, {
  pass: [
    pair('1.6.0', '1.31'),
    pair('1.7.24', '1.32'),
    pair('1.7.28', '1.34'),
    pair('1.7.29', '1.34.2'),
    pair('2.0.6', '1.34'),
    pair('2.1.9', '1.34'),
    pair('2.2.0', '1.34'),
    pair('2.2.0', '1.36'),
    pair('2.3.4', '1.36'),
    pair('2.4.0', '1.36'),
    pair('2.3.0', '1.40'),
  ],
  fail: [
    { ...pair('1.5.18', '1.34'), severity: 'error', message: /does not speak CRI v1/ },
    {
      ...pair('1.7.23', '1.32'),
      message: 'containerd 1.7.23 is older than upstream recommends for Kubernetes 1.32 (1.7.24)',
    },
    {
      ...pair('1.7.27', '1.34'),
      severity: 'warning',
      message: /older than upstream recommends for Kubernetes 1\.34 \(1\.7\.28\)/,
    },
    { ...pair('2.1.2', '1.34'), message: /\(2\.1\.3\)/ },
    { ...pair('1.6.39', '1.35'), message: /1\.6 is not among the versions that upstream tests/ },
    { ...pair('2.0.6', '1.35'), message: /2\.0 is not among/ },
    { ...pair('1.7.33', '1.36'), severity: 'warning', message: /1\.7 is not among/, fixedByApply: false },
  ],
  skip: [{ name: 'none', facts: { containerd: absentContainerd }, reason: /not installed/ }],
  unknown: [{ ...pair(undefined, '1.34'), reason: /did not tell/ }],
});
