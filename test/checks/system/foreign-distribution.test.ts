import { foreignDistribution } from '../../../src/checks/system/foreign-distribution.ts';
import { testCheck } from '../../check-tester.ts';

const facts = (foreign: { readonly name: string; readonly evidence: string } | undefined) => ({
  clusterState: { joined: false, evidence: undefined, foreign, kubeletVersion: undefined },
});

testCheck(foreignDistribution, {
  pass: [{ name: 'none', facts: facts(undefined) }],
  fail: [
    {
      name: 'k3s',
      facts: facts({ name: 'k3s', evidence: 'k3s-agent.service' }),
      message: /^k3s runs this host/,
      observed: 'k3s-agent.service',
    },
  ],
});
