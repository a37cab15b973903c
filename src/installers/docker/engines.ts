import type { DesiredRuntime } from '../../core/desired.ts';
import type { OsFamily } from '../../os/os-family.ts';

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

/** Over the containerd of the distribution. */
const ofDistribution = (engine: string): EnginePackages => ({
  engine,
  label: 'Docker Engine',
  conflicts: [...docker('docker-ce'), ...docker('docker-ee'), 'containerd.io'],
  provides: ['docker-cli', 'containerd', 'runc'],
});

/** Over containerd.io, which brings its own runc. */
const ofUpstream = (
  engine: 'docker-ce' | 'docker-ee',
  label: string,
  { packages: { docker: own } }: OsFamily,
): EnginePackages => ({
  engine,
  label,
  conflicts: [
    ...(own === undefined ? [] : [own]),
    ...['docker-cli', 'containerd', 'runc'],
    ...docker(engine === 'docker-ce' ? 'docker-ee' : 'docker-ce'),
  ],
  provides: ['containerd.io', 'containerd', 'runc'],
});

/** Whether an engine is given in this way at all. */
export const isEngine = ({ name, source }: DesiredRuntime): boolean =>
  source === 'upstream' ? name === 'docker' || name === 'mirantis' : source === 'distribution' && name === 'docker';

/** undefined: nobody gives the engine in this way to these distributions. */
export const engineFor = (runtime: DesiredRuntime, os: OsFamily): EnginePackages | undefined => {
  if (!isEngine(runtime)) return undefined;
  if (runtime.name === 'mirantis') return ofUpstream('docker-ee', 'Mirantis Container Runtime', os);
  if (runtime.source === 'upstream') return ofUpstream('docker-ce', 'Docker Engine', os);
  const { docker: own } = os.packages;
  return own === undefined ? undefined : ofDistribution(own);
};
