import type { DesiredRuntime } from './desired.ts';

const engine = ['docker.service', 'cri-docker.service', 'containerd.service'] as const;

/** The daemons that each runtime consists of. */
export const runtimeServices = {
  containerd: ['containerd.service'],
  'cri-o': ['crio.service'],
  docker: engine,
  mirantis: engine,
} as const satisfies Record<DesiredRuntime['name'], readonly string[]>;
