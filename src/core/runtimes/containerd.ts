import type { RuntimeProfile } from './runtime.ts';

export const containerd = {
  label: 'containerd',
  endpoint: 'unix:///var/run/containerd/containerd.sock',
  services: ['containerd.service'],
  criUnit: 'containerd.service',
  pullingUnit: 'containerd.service',
  containersStay: 'always',
  imageLoader: 'ctr',
  isDockerLike: false,
  archives: ['containerd', 'runc'],
} as const satisfies RuntimeProfile;
