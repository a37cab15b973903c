import type { DesiredRuntime } from '../../core/desired.ts';

/** One vendor's engine: the same programs and files under other package names. */
export interface EnginePackages {
  readonly engine: string;
  readonly label: string;
  /** Packages that it conflicts with, or that need one of those, so that apt would remove them. */
  readonly conflicts: readonly string[];
  /** What comes with it takes the place of these names, without a version. */
  readonly provides: readonly string[];
}

const docker = (engine: 'docker-ce' | 'docker-ee'): readonly string[] => [
  engine,
  `${engine}-cli`,
  ...(engine === 'docker-ce' ? ['docker-ce-rootless-extras'] : []),
];

/** Debian's own, over Debian's containerd. */
const distribution: EnginePackages = {
  engine: 'docker.io',
  label: 'Docker Engine',
  conflicts: [...docker('docker-ce'), ...docker('docker-ee'), 'containerd.io'],
  provides: ['docker-cli', 'containerd', 'runc'],
};

/** Over containerd.io, which brings its own runc. */
const upstreamConflicts = ['docker.io', 'docker-cli', 'containerd', 'runc'];

const upstream: EnginePackages = {
  engine: 'docker-ce',
  label: 'Docker Engine',
  conflicts: [...upstreamConflicts, ...docker('docker-ee')],
  provides: ['containerd.io', 'containerd', 'runc'],
};

const mirantis: EnginePackages = {
  engine: 'docker-ee',
  label: 'Mirantis Container Runtime',
  conflicts: [...upstreamConflicts, ...docker('docker-ce')],
  provides: ['containerd.io', 'containerd', 'runc'],
};

/** undefined: nobody gives the engine in this way. */
export const engineFor = ({ name, source }: DesiredRuntime): EnginePackages | undefined => {
  if (name === 'mirantis' && source === 'upstream') return mirantis;
  if (name !== 'docker') return undefined;
  return source === 'distribution' ? distribution : source === 'upstream' ? upstream : undefined;
};
