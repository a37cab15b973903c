import { swapOff } from '../../../src/checks/swap/swap-off.ts';
import { testCheck } from '../../check-tester.ts';
import { aFile } from '../../host-file.ts';

const facts = ({
  usedKib,
  availableKib = 1000,
  version = 'v2',
  container = null,
}: {
  readonly usedKib: number | undefined;
  readonly availableKib?: number;
  readonly version?: 'v1' | 'v2' | 'hybrid';
  readonly container?: string | null;
}) => ({
  cgroups: { version, controllers: [], boundElsewhere: [], freezer: true },
  container: { kind: container, readOnlySysctls: container !== null },
  resources: { cpus: 2, memTotalKib: 4_000_000, memAvailableKib: availableKib },
  swap: {
    active: usedKib === undefined ? [] : [{ device: '/dev/sda2', type: 'partition', sizeKib: 2_097_148, usedKib }],
    fstab: [],
    fstabFile: aFile('/etc/fstab', ''),
    units: [],
    zramConfig: undefined,
  },
});

testCheck(swapOff, {
  pass: [{ name: 'no device', facts: facts({ usedKib: undefined }), observed: 'no active swap' }],
  fail: [
    {
      name: 'fits into free memory',
      facts: facts({ usedKib: 999 }),
      observed: /\/dev\/sda2 \(partition\)/,
      fixedByApply: true,
    },
    { name: 'just does not fit', facts: facts({ usedKib: 1000 }), remedy: /^free memory first/, fixedByApply: false },
    {
      name: 'a kubelet that may handle it',
      facts: facts({ usedKib: 0 }),
      desired: { swap: 'kubelet', kubernetesVersion: '1.30' },
      severity: 'warning',
      fixedByApply: false,
    },
    {
      name: 'a kubelet just too old for it',
      facts: facts({ usedKib: 0 }),
      desired: { swap: 'kubelet', kubernetesVersion: '1.29.9' },
      severity: 'error',
    },
    { name: 'cgroup v1', facts: facts({ usedKib: 0, version: 'v1' }), desired: { swap: 'kubelet' }, severity: 'error' },
  ],
  skip: [
    { name: 'the inventory keeps it', facts: facts({ usedKib: 1 }), desired: { swap: 'keep' }, reason: /swap: keep/ },
    { name: 'a container', facts: facts({ usedKib: 1, container: 'lxc' }), reason: /container \(lxc\)/ },
  ],
});
