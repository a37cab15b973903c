import { runtimeInstalled } from '../../../src/checks/runtime/runtime-installed.ts';
import { testCheck } from '../../check-tester.ts';
import { absentContainerd, containerdFact } from './facts.ts';

testCheck(runtimeInstalled, {
  pass: [
    { name: 'containerd', facts: { containerd: containerdFact() }, observed: '/usr/bin/containerd, version 1.7.24' },
  ],
  fail: [
    { name: 'nothing', facts: { containerd: absentContainerd }, message: 'no container runtime', fixedByApply: true },
  ],
  skip: [
    {
      name: 'another runtime is wanted',
      facts: { containerd: absentContainerd },
      desired: { runtime: { name: 'cri-o' } },
      reason: /asks for cri-o/,
    },
  ],
});
