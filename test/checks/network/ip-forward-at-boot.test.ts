import { ipForwardAtBoot } from '../../../src/checks/network/ip-forward-at-boot.ts';
import type { SysctlSetting } from '../../../src/facts/sysctl-files.ts';
import { testCheck } from '../../check-tester.ts';

const key = 'net.ipv4.ip_forward';
const on: SysctlSetting = { key, value: '1', path: '/etc/sysctl.d/10-network.conf', line: 2 };
const off: SysctlSetting = { key, value: '0', path: '/etc/sysctl.d/99-hardening.conf', line: 7 };
const alias: SysctlSetting = { ...off, key: 'net.ipv4.conf.all.forwarding' };

const facts = (settings: readonly SysctlSetting[], live = '1', looseSysctlConf: readonly SysctlSetting[] = []) => ({
  sysctl: { [key]: live },
  sysctlFiles: { settings, looseSysctlConf },
});

testCheck(ipForwardAtBoot, {
  pass: [
    { name: 'one file', facts: facts([on]), observed: /from \/etc\/sysctl\.d\/10-network\.conf:2$/ },
    {
      name: 'the later file wins',
      facts: facts([off, on]),
      observed: /wins over \/etc\/sysctl\.d\/99-hardening\.conf:7/,
    },
    { name: 'off now does not matter here', facts: facts([on], '0') },
  ],
  fail: [
    {
      name: 'a hardening file wins',
      facts: facts([on, off]),
      message: 'IPv4 forwarding is on now but off after the next boot',
      observed: /= 0, from \/etc\/sysctl\.d\/99-hardening\.conf:7 \(wins over \/etc\/sysctl\.d\/10-network\.conf:2\)/,
      remedy: /change \/etc\/sysctl\.d\/99-hardening\.conf:7$/,
      fixedByApply: true,
    },
    { name: 'the same variable under its other name', facts: facts([on, alias]), observed: /99-hardening/ },
    { name: 'no file: the kernel starts with 0', facts: facts([]), observed: /default of the kernel/ },
    {
      name: 'ufw, which applies its file after all of sysctl.d',
      facts: facts([on, { ...off, path: '/etc/ufw/sysctl.conf' }]),
      remedy: 'change /etc/ufw/sysctl.conf:7, which applies after every file that nodeprep would write',
      fixedByApply: false,
    },
    {
      name: 'a name that sorts after ours',
      facts: facts([{ ...off, path: '/etc/sysctl.d/zzzz.conf' }]),
      fixedByApply: false,
    },
    {
      name: 'our own file, edited',
      facts: facts([{ ...off, path: '/etc/sysctl.d/zzz-nodeprep.conf' }]),
      fixedByApply: true,
    },
    { name: 'off now and later', facts: facts([off], '0'), message: 'IPv4 forwarding is off after the next boot' },
    {
      name: '/etc/sysctl.conf that only sysctl --system reads',
      facts: facts([], '1', [{ ...on, path: '/etc/sysctl.conf' }]),
      observed: /\/etc\/sysctl\.conf:2 sets 1, but the boot does not read that file/,
    },
  ],
});
