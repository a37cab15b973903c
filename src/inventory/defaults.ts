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
  rollout: {
    maxUnavailable: 1,
    settleTimeout: '10m',
    drainTimeout: '10m',
    gateTimeout: '10m',
    maxFailures: 1,
    timezone: 'UTC',
  },
} as const;
