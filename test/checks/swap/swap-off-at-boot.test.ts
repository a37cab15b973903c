import { swapOffAtBoot } from '../../../src/checks/swap/swap-off-at-boot.ts';
import type { Swap } from '../../../src/facts/swap.ts';
import { testCheck } from '../../check-tester.ts';
import { aFile } from '../../host-file.ts';
import { machine, nspawn } from '../facts.ts';

const facts = (overrides: Partial<Swap>, container = machine) => ({
  container,
  swap: { active: [], fstab: [], fstabFile: aFile('/etc/fstab', ''), units: [], zramConfig: undefined, ...overrides },
});
const active = [{ device: '/dev/zram0', type: 'partition', sizeKib: 1, usedKib: 0 }];

testCheck(swapOffAtBoot, {
  pass: [
    { name: 'nothing', facts: facts({}) },
    { name: 'on now does not matter here', facts: facts({ active }) },
  ],
  fail: [
    {
      name: 'fstab',
      facts: facts({ fstab: [{ line: 9, text: '/swap none swap sw 0 0' }] }),
      message: /off now but on/,
      observed: 'turned on by /etc/fstab:9',
      fixedByApply: true,
    },
    {
      name: 'a unit',
      facts: facts({ active, units: ['dev-sdb1.swap'] }),
      message: 'swap is on after the next boot',
      observed: /dev-sdb1\.swap/,
    },
    { name: 'zram', facts: facts({ zramConfig: '/etc/systemd/zram-generator.conf' }), observed: /zram-generator/ },
  ],
  skip: [
    { name: 'kept', facts: facts({ units: ['a.swap'] }), desired: { swap: 'keep' }, reason: /swap: keep/ },
    {
      name: 'left to the kubelet',
      facts: facts({ units: ['a.swap'] }),
      desired: { swap: 'kubelet' },
      reason: /swap: kubelet/,
    },
    { name: 'a container', facts: facts({ units: ['a.swap'] }, nspawn), reason: /container/ },
  ],
});
