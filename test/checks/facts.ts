import type { Cgroups } from '../../src/facts/cgroups.ts';
import type { Container } from '../../src/facts/container.ts';
import type { DataDirectory } from '../../src/facts/data-directory.ts';
import type { Identity } from '../../src/facts/identity.ts';
import type { Kernel } from '../../src/facts/kernel.ts';
import type { Modules } from '../../src/facts/modules.ts';

/** Facts that rows of several checks share; synthetic. */
export const machine: Container = { kind: null, readOnlySysctls: false };
export const nspawn: Container = { kind: 'systemd-nspawn', readOnlySysctls: true };

export const cgroupsFact = (overrides: Partial<Cgroups> = {}): Cgroups => ({
  version: 'v2',
  controllers: ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids'],
  boundElsewhere: [],
  freezer: true,
  ...overrides,
});

export const kernelFact = (release = '6.12.41+deb13-amd64', cmdline = 'quiet'): Kernel => ({
  release,
  machine: 'x86_64',
  cmdline,
});

export const modulesFact = (overrides: Partial<Modules> = {}): Modules => ({
  support: true,
  loaded: [],
  builtin: [],
  onDisk: ['overlay', 'br_netfilter'],
  treePresent: true,
  ...overrides,
});

export const identityFact = (overrides: Partial<Identity> = {}): Identity => ({
  hostname: 'worker-1',
  machineId: 'b50f08fe94cb42c59d1da0ee93285391',
  productUuid: '4c4c4544-0042-3510-8052-b4c04f564231',
  productUuidReason: undefined,
  ...overrides,
});

export const dataDirectoryFact = (overrides: Partial<DataDirectory> = {}): DataDirectory => ({
  path: '/var/lib/containerd',
  mountPoint: '/var',
  fsType: 'ext4',
  options: ['rw', 'relatime'],
  dType: true,
  totalBytes: 100 * 1024 ** 3,
  freeBytes: 50 * 1024 ** 3,
  totalInodes: 1000,
  freeInodes: 500,
  ...overrides,
});
