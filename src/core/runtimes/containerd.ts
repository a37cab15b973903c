import type { RuntimeProfile } from './runtime.ts';

export const containerd = {
  label: 'containerd',
  endpoint: 'unix:///var/run/containerd/containerd.sock',
  services: ['containerd.service'],
  criUnit: 'containerd.service',
  pullingUnit: 'containerd.service',
  containersStay: 'always',
  imageLoader: 'ctr',
  // pkg/cri/server/image_pull.go of the tags around them.
  pinsSince: ['1.6.22', '1.7.3'],
  isDockerLike: false,
  // containerd.io brings a runc of its own.
  consistsOf: { distribution: { own: 'containerd', beneath: ['runc'] }, upstream: ['containerd.io'] },
  archives: ['containerd', 'runc'],
} as const satisfies RuntimeProfile;
