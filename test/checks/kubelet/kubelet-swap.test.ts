import { kubeletSwap } from '../../../src/checks/kubelet/kubelet-swap.ts';
import type { Swap } from '../../../src/facts/swap.ts';
import { testCheck } from '../../check-tester.ts';
import { aFile } from '../../host-file.ts';
import { cgroupsFact, machine, nspawn } from '../facts.ts';
import { skipped, withFiles, wrapper } from './facts.ts';

const none: Swap = { active: [], fstab: [], fstabFile: aFile('/etc/fstab', ''), units: [], zramConfig: undefined };
const on: Swap = { ...none, active: [{ device: '/swapfile', type: 'file', sizeKib: 1000, usedKib: 0 }] };
const base = { ...withFiles({}), cgroups: cgroupsFact(), container: machine, swap: on };
const config = (text: string) => withFiles({ '/var/lib/kubelet/config.yaml': text });

testCheck(kubeletSwap, {
  pass: [
    { name: 'no swap', facts: { ...base, swap: none }, observed: 'no active swap' },
    {
      name: 'swap that pods do not use',
      facts: { ...base, ...config('failSwapOn: false\n') },
      observed: '/swapfile; failSwapOn false (/var/lib/kubelet/config.yaml:1), pods: NoSwap by default',
    },
    {
      name: 'swap that pods may use',
      facts: { ...base, ...config('failSwapOn: false\nmemorySwap:\n  swapBehavior: LimitedSwap\n') },
      observed: /LimitedSwap \(\/var\/lib\/kubelet\/config\.yaml:3\)$/,
    },
  ],
  fail: [
    {
      name: 'swap is to be off',
      facts: base,
      observed: "/swapfile; failSwapOn true (the kubelet's default)",
      remedy: /turns swap off/,
      fixedByApply: true,
    },
    {
      name: 'swap is left to the kubelet',
      facts: base,
      desired: { swap: 'kubelet' },
      remedy: /sets failSwapOn: false/,
      fixedByApply: true,
    },
    {
      name: 'left to a kubelet that cannot use it',
      facts: { ...base, cgroups: cgroupsFact({ version: 'v1' }) },
      desired: { swap: 'kubelet' },
      fixedByApply: false,
    },
    { name: 'swap is to stay', facts: base, desired: { swap: 'keep' }, fixedByApply: false },
  ],
  skip: [
    ...skipped.map(row => ({ ...row, facts: { ...base, ...row.facts } })),
    { name: 'a container', facts: { ...base, container: nspawn }, reason: /this host is a container/ },
  ],
  unknown: [{ name: 'a wrapper', facts: { ...base, ...withFiles(wrapper) }, reason: /by its name/ }],
});
