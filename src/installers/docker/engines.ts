import type { DesiredRuntime } from '../../core/desired.ts';

/** One vendor's engine: the same programs and files under other package names. */
export interface EnginePackages {
  readonly engine: string;
  readonly label: string;
  /** Packages that it conflicts with, so that apt would remove them. */
  readonly conflicts: readonly string[];
}

/** Debian's own, over Debian's containerd. */
const distribution: EnginePackages = {
  engine: 'docker.io',
  label: 'Docker Engine',
  conflicts: ['docker-ce', 'docker-ee', 'containerd.io'],
};

/** Over containerd.io, which brings its own runc. */
const upstreamConflicts = ['docker.io', 'docker-cli', 'containerd', 'runc'];

const upstream: EnginePackages = {
  engine: 'docker-ce',
  label: 'Docker Engine',
  conflicts: [...upstreamConflicts, 'docker-ee'],
};

const mirantis: EnginePackages = {
  engine: 'docker-ee',
  label: 'Mirantis Container Runtime',
  conflicts: [...upstreamConflicts, 'docker-ce'],
};

/** undefined: nobody gives the engine in this way. */
export const engineFor = ({ name, source }: DesiredRuntime): EnginePackages | undefined => {
  if (name === 'mirantis' && source === 'upstream') return mirantis;
  if (name !== 'docker') return undefined;
  return source === 'distribution' ? distribution : source === 'upstream' ? upstream : undefined;
};
