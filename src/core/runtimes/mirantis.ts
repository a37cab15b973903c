import { docker } from './docker.ts';
import type { RuntimeProfile } from './runtime.ts';

/** The same engine under other packages, which Mirantis publishes by channel. */
export const mirantis = {
  ...docker,
  label: 'Mirantis Container Runtime',
  consistsOf: { upstream: ['docker-ee', 'docker-ee-cli', 'containerd.io'] },
  namedRepository: 'repository: { url: https://…, components: [stable-25.0] }',
  isSold: true,
} as const satisfies RuntimeProfile;
