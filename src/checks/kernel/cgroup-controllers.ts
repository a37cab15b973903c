import type { Cgroups } from '../../facts/cgroups.ts';
import { defineCheck } from '../check.ts';

const needed = {
  v1: ['cpu', 'cpuacct', 'cpuset', 'devices', 'freezer', 'memory', 'pids'],
  v2: ['cpu', 'cpuset', 'memory', 'pids'],
} as const;

export const cgroupControllers = defineCheck({
  id: 'cgroup-controllers',
  title: 'The cgroup controllers of the kubelet are there',
  severity: 'error',
  source: 'https://github.com/kubernetes/system-validators/blob/master/validators/cgroup_validator_linux.go',
  needs: ['cgroups', 'kernel'],
  evaluate({ cgroups, kernel }) {
    const wanted: readonly string[] = cgroups.version === 'v2' ? needed.v2 : needed.v1;
    const missing = [...wanted.filter(name => !cgroups.controllers.includes(name)), ...freezer(cgroups)];
    const observed = `cgroup ${cgroups.version}: ${cgroups.controllers.join(', ') || 'no controllers'}`;
    if (missing.length === 0) return { status: 'pass', observed };
    const elsewhere = missing.filter(name => cgroups.boundElsewhere.includes(name));
    const switchedOff = missing.filter(name => isSwitchedOff(name, kernel.cmdline));
    return {
      status: 'fail',
      message: `cgroup ${missing.length === 1 ? 'controller is' : 'controllers are'} missing: ${missing.join(', ')}`,
      observed: elsewhere.length === 0 ? observed : `${observed}; bound to a v1 hierarchy: ${elsewhere.join(', ')}`,
      expected: wanted.join(', '),
      remedy: remedyFor(switchedOff, elsewhere),
      fixedByApply: false,
    };
  },
});

/** Not a controller on v2 but a file of every group; kernels from 5.2 on have it. */
const freezer = ({ version, freezer: hasFreezer }: Cgroups): readonly string[] =>
  version === 'v2' && !hasFreezer ? ['freezer'] : [];

const isSwitchedOff = (controller: string, cmdline: string): boolean =>
  cmdline
    .split(/\s+/)
    .filter(word => word.startsWith('cgroup_disable='))
    .some(word => word.slice('cgroup_disable='.length).split(',').includes(controller));

const remedyFor = (switchedOff: readonly string[], elsewhere: readonly string[]): string => {
  if (switchedOff.length > 0) {
    return `remove cgroup_disable=${switchedOff.join(',')} from the boot options (on a Raspberry Pi add cgroup_enable=memory), then reboot`;
  }
  if (elsewhere.length > 0)
    return 'boot with systemd.unified_cgroup_hierarchy=1 so that no v1 hierarchy holds them (of a container: the machine around it)';
  return 'boot a kernel that has them; inside a container: delegate them from the machine around it';
};
