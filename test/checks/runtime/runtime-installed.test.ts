import { runtimeInstalled } from '../../../src/checks/runtime/runtime-installed.ts';
import { absentContainerd, absentCrio, absentDocker, containerdFact, testRuntimeCheck } from './facts.ts';

const docker = { ...absentDocker, engine: '/usr/sbin/dockerd', engineVersion: '26.1.5' };

testRuntimeCheck(runtimeInstalled, {
  pass: [
    { name: 'containerd', facts: { containerd: containerdFact() }, observed: '/usr/bin/containerd, version 1.7.24' },
    {
      name: 'CRI-O',
      facts: { crio: { ...absentCrio, binary: '/usr/bin/crio', version: '1.36.3' } },
      desired: { runtime: { name: 'cri-o' } },
      observed: '/usr/bin/crio, version 1.36.3',
    },
    {
      name: 'Docker with cri-dockerd, which tells no version',
      facts: { docker: { ...docker, criDockerd: '/usr/local/bin/cri-dockerd' } },
      desired: { runtime: { name: 'docker' } },
      observed: '/usr/local/bin/cri-dockerd, version not told',
    },
  ],
  fail: [
    { name: 'nothing', facts: { containerd: absentContainerd }, message: 'no container runtime', fixedByApply: true },
    {
      name: 'another one than is wanted',
      facts: { containerd: containerdFact() },
      desired: { runtime: { name: 'cri-o' } },
      observed: 'no CRI-O on this host',
      expected: 'CRI-O',
    },
    {
      name: 'Docker alone, which a kubelet cannot speak to',
      facts: { docker },
      desired: { runtime: { name: 'docker' } },
      observed: '/usr/sbin/dockerd, but no cri-dockerd',
      expected: 'Docker Engine with cri-dockerd',
    },
  ],
});
