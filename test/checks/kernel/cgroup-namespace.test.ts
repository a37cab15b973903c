import { cgroupNamespace } from '../../../src/checks/kernel/cgroup-namespace.ts';
import { testCheck } from '../../check-tester.ts';
import { cgroupsFact } from '../facts.ts';
import { namespacesFact, without } from './namespaces-fact.ts';

testCheck(cgroupNamespace, {
  pass: [{ name: 'there', facts: { cgroups: cgroupsFact(), ...namespacesFact() } }],
  fail: [
    { name: 'missing on v2', facts: { cgroups: cgroupsFact(), ...without('cgroup') }, severity: 'error' },
    {
      name: 'missing on v1',
      facts: { cgroups: cgroupsFact({ version: 'v1' }), ...without('cgroup') },
      severity: 'warning',
    },
  ],
});
