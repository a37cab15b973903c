import { crioConfig } from '../../../src/checks/runtime/crio-config.ts';
import { testCheck } from '../../check-tester.ts';
import { aCrio, noCrio } from '../../crio.ts';

const desired = { runtime: { name: 'cri-o' } } as const;
/** Of 1.36.1. */
const configError =
  'unable to decode configuration /etc/crio/crio.conf.d/30-x.conf: toml: line 4 (last key "crio.runtime.x"): expected value but found \']\' instead';

const cgroupfs = 'cgroup_manager = "cgroupfs"';
const monitored = (group: string, more = '') =>
  `[crio.runtime]\n${more}\n[crio.runtime.runtimes.crun]\nmonitor_cgroup = "${group}"\n`;

testCheck(crioConfig, {
  pass: [
    { name: 'accepted', facts: { crio: aCrio() }, desired },
    { name: 'conmon where systemd has it', facts: { crio: aCrio({ 'a.conf': monitored('pod') }) }, desired },
    {
      name: 'conmon_cgroup wins over the handlers',
      facts: { crio: aCrio({ 'a.conf': monitored('/x', 'conmon_cgroup = "pod"') }) },
      desired,
    },
  ],
  fail: [
    {
      name: 'refused',
      facts: { crio: aCrio({}, { configError }) },
      desired,
      message: /will not come back/,
      observed: /30-x\.conf: toml: line 4/,
      fixedByApply: false,
    },
    {
      name: 'conmon of a handler where cgroupfs has none',
      facts: {
        crio: aCrio({ 'a.conf': monitored('system.slice', cgroupfs), 'b.conf': monitored('machine.slice', cgroupfs) }),
      },
      desired,
      message: /will not come back.*crun.*does not fit cgroup_manager = cgroupfs/,
      observed: 'monitor_cgroup = "machine.slice" in /etc/crio/crio.conf.d/b.conf:4',
      expected: /pod/,
      fixedByApply: true,
    },
    {
      name: 'conmon of all of them',
      facts: { crio: aCrio({ 'a.conf': `[crio.runtime]\nconmon_cgroup = "machine"\n` }) },
      desired,
      message: /does not fit cgroup_manager = systemd/,
      observed: 'conmon_cgroup = "machine" in /etc/crio/crio.conf.d/a.conf:2',
      fixedByApply: true,
    },
  ],
  skip: [
    { name: 'none', facts: { crio: noCrio }, desired, reason: /not installed/ },
    { name: 'containerd is asked for', facts: { crio: aCrio() }, reason: /asks for containerd/ },
  ],
});
