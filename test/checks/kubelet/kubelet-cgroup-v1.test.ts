import { kubeletCgroupV1 } from '../../../src/checks/kubelet/kubelet-cgroup-v1.ts';
import { testCheck } from '../../check-tester.ts';
import { cgroupsFact } from '../facts.ts';
import { joined, skipped, withFiles, wrapper } from './facts.ts';

const v1 = cgroupsFact({ version: 'v1' });
const allowed = { '/var/lib/kubelet/config.yaml': 'kind: KubeletConfiguration\nfailCgroupV1: false\n' };

testCheck(kubeletCgroupV1, {
  pass: [
    {
      name: 'v2',
      facts: { ...withFiles({}), cgroups: cgroupsFact(), clusterState: joined('1.36.0') },
      observed: 'cgroup v2',
    },
    { name: 'v1 with 1.34', facts: { ...withFiles({}), cgroups: v1 }, observed: /cgroup v1, failCgroupV1 false/ },
    {
      name: 'v1 with 1.36 that was told',
      facts: { ...withFiles(allowed), cgroups: v1, clusterState: joined('1.36.0') },
      observed: 'cgroup v1, failCgroupV1 false (/var/lib/kubelet/config.yaml:2)',
    },
  ],
  fail: [
    {
      name: 'v1 with 1.35',
      facts: { ...withFiles({}), cgroups: v1, clusterState: joined('1.35.1') },
      message: 'the kubelet 1.35.1 does not start on cgroup v1',
    },
    {
      name: 'hybrid, to be 1.35',
      facts: { ...withFiles({}), cgroups: cgroupsFact({ version: 'hybrid' }) },
      desired: { kubernetesVersion: '1.35' },
      message: 'the kubelet of 1.35 will not start on cgroup hybrid',
      severity: 'warning',
    },
  ],
  skip: skipped.map(row => ({ ...row, facts: { ...row.facts, cgroups: v1 } })),
  unknown: [{ name: 'a wrapper', facts: { ...withFiles(wrapper), cgroups: v1 }, reason: /by its name/ }],
});
