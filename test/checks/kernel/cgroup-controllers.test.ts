import { cgroupControllers } from '../../../src/checks/kernel/cgroup-controllers.ts';
import type { Cgroups } from '../../../src/facts/cgroups.ts';
import { testCheck } from '../../check-tester.ts';
import { cgroupsFact, kernelFact } from '../facts.ts';

const facts = (cgroups: Partial<Cgroups>, cmdline?: string) => ({
  cgroups: cgroupsFact(cgroups),
  kernel: kernelFact(undefined, cmdline),
});
const v1 = ['cpu', 'cpuacct', 'cpuset', 'devices', 'freezer', 'memory', 'pids'];

testCheck(cgroupControllers, {
  pass: [
    { name: 'v2', facts: facts({ controllers: ['cpu', 'cpuset', 'memory', 'pids'] }) },
    { name: 'v1', facts: facts({ version: 'v1', controllers: v1, freezer: false }) },
    { name: 'hybrid is v1', facts: facts({ version: 'hybrid', controllers: v1, freezer: false }) },
  ],
  fail: [
    ...['cpu', 'cpuset', 'memory', 'pids'].map(name => ({
      name: `v2 without ${name}`,
      facts: facts({ controllers: ['cpu', 'cpuset', 'memory', 'pids'].filter(other => other !== name) }),
      message: `cgroup controller is missing: ${name}`,
    })),
    ...v1.map(name => ({
      name: `v1 without ${name}`,
      facts: facts({ version: 'v1', controllers: v1.filter(other => other !== name) }),
    })),
    {
      name: 'v2 of a kernel before 5.2',
      facts: facts({ freezer: false }),
      message: 'cgroup controller is missing: freezer',
    },
    {
      name: 'a container node whose machine holds them in v1',
      facts: facts({ controllers: [], boundElsewhere: ['cpu', 'cpuset', 'memory', 'pids', 'net_cls'] }),
      observed: 'cgroup v2: no controllers; bound to a v1 hierarchy: cpu, cpuset, memory, pids',
      remedy: /unified_cgroup_hierarchy=1/,
      fixedByApply: false,
    },
    {
      name: 'switched off at boot, as on a Raspberry Pi',
      facts: facts({ controllers: ['cpu', 'cpuset', 'pids'] }, 'quiet cgroup_disable=hugetlb,memory rw'),
      remedy: /^remove cgroup_disable=memory/,
    },
  ],
});
