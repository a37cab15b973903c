import type { DesiredNode, DesiredRuntime } from '../src/core/desired.ts';

export interface DesiredOverrides extends Partial<Omit<DesiredNode, 'runtime'>> {
  readonly runtime?: Partial<DesiredRuntime>;
}

/** A worker as a minimal inventory gives it; tests name only what their row is about. */
export const desiredNode = ({ runtime, ...rest }: DesiredOverrides = {}): DesiredNode => ({
  host: 'worker-1',
  role: 'worker',
  groups: [],
  kubernetesVersion: '1.34',
  swap: 'off',
  verify: { sandbox: 'auto' },
  waivers: {},
  ...rest,
  runtime: {
    name: 'containerd',
    source: 'distribution',
    version: undefined,
    cgroupDriver: 'systemd',
    sandboxImage: 'registry.k8s.io/pause:3.10.1',
    cniBinDir: undefined,
    registries: [],
    ...runtime,
  },
});
