import type { RuntimeProfile } from './runtime.ts';

export const docker = {
  label: 'Docker Engine',
  endpoint: 'unix:///var/run/cri-dockerd.sock',
  services: ['docker.service', 'cri-docker.service', 'containerd.service'],
  criUnit: 'cri-docker.service',
  pullingUnit: 'docker.service',
  containersStay: 'with live-restore',
  imageLoader: 'docker',
  // Of cri-dockerd: core/image.go of its tags.
  pinsSince: ['0.3.10'],
  isDockerLike: true,
  consistsOf: {
    distribution: { own: 'docker', beneath: ['docker-cli', 'containerd', 'runc'] },
    upstream: ['docker-ce', 'docker-ce-cli', 'containerd.io'],
  },
  archives: [],
} as const satisfies RuntimeProfile;
