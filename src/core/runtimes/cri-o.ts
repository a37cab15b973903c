import type { RuntimeProfile } from './runtime.ts';

export const criO = {
  label: 'CRI-O',
  endpoint: 'unix:///var/run/crio/crio.sock',
  services: ['crio.service'],
  criUnit: 'crio.service',
  pullingUnit: 'crio.service',
  // Under cgroupfs conmon is in the unit's own cgroup, and stops with it.
  containersStay: 'under systemd',
  imageLoader: 'containers-storage',
  // internal/storage/image.go: pause_image is among the pinned ones.
  pinsSince: ['1.28'],
  isDockerLike: false,
  // Which runc or crun it runs, its package brings or the inventory names.
  consistsOf: { distribution: { own: 'cri-o', beneath: [] }, upstream: ['cri-o'] },
  archives: ['crio'],
} as const satisfies RuntimeProfile;
