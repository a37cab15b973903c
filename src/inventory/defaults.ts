import { defaultKubernetesVersion } from './kubernetes-versions.ts';

/** What holds where the inventory is silent. The schema shows these to editors, `resolve` applies them. */
export const defaults = {
  kubernetesVersion: defaultKubernetesVersion,
  ssh: {
    port: 22,
    agent: true,
    hostKeys: 'strict',
    knownHosts: '~/.ssh/known_hosts',
    connectTimeout: '10s',
  },
  runtime: { name: 'containerd', source: 'distribution', cgroupDriver: 'systemd' },
  swap: 'off',
  verify: { sandbox: 'auto' },
  role: 'worker',
  connection: 'ssh',
} as const;
