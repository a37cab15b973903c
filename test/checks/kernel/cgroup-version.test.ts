import { cgroupVersion } from '../../../src/checks/kernel/cgroup-version.ts';
import { testCheck } from '../../check-tester.ts';
import { cgroupsFact } from '../facts.ts';

const on = (version: 'v1' | 'v2' | 'hybrid') => ({ cgroups: cgroupsFact({ version }) });

testCheck(cgroupVersion, {
  pass: [{ name: 'v2', facts: on('v2'), desired: { kubernetesVersion: '1.36' } }],
  fail: [
    { name: 'v1 before 1.35', facts: on('v1'), desired: { kubernetesVersion: '1.34.9' }, severity: 'warning' },
    { name: 'v1 with 1.35', facts: on('v1'), desired: { kubernetesVersion: '1.35' }, severity: 'error' },
    {
      name: 'hybrid with 1.36',
      facts: on('hybrid'),
      desired: { kubernetesVersion: '1.36' },
      severity: 'error',
      observed: /hybrid/,
    },
  ],
});
