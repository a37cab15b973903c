import { recommendedPrograms } from '../../../src/checks/programs/recommended-programs.ts';
import { testCheck } from '../../check-tester.ts';

const all = { ebtables: '/a', ethtool: '/a', socat: '/a', tc: '/a', touch: '/a' };

testCheck(recommendedPrograms, {
  pass: [
    { name: 'all', facts: { tools: all } },
    {
      name: 'conntrack for 1.31',
      facts: { tools: { ...all, conntrack: '/a' } },
      desired: { kubernetesVersion: '1.31' },
    },
    { name: 'no conntrack for 1.32', facts: { tools: all }, desired: { kubernetesVersion: '1.32' } },
  ],
  fail: [
    {
      name: 'no conntrack for 1.31',
      facts: { tools: all },
      desired: { kubernetesVersion: '1.31' },
      severity: 'warning',
    },
    {
      name: 'as Debian comes',
      facts: { tools: { ...all, ethtool: null, socat: null } },
      message: 'kubeadm warns for want of ethtool, socat',
    },
  ],
});
