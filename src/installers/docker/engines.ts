import type { DesiredRuntime } from '../../core/desired.ts';
import { profileOf, type RuntimeName } from '../../core/runtimes/index.ts';
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
  label: profileOf('docker').label,
  conflicts: [...docker('docker-ce'), ...docker('docker-ee'), 'containerd.io'],
  provides: ['docker-cli', 'containerd', 'runc'],
});

/** Of those that upstream publishes as an engine. */
const upstreamEngines: Readonly<Partial<Record<RuntimeName, 'docker-ce' | 'docker-ee'>>> = {
  docker: 'docker-ce',
  mirantis: 'docker-ee',
};

/** Over containerd.io, which brings its own runc. */
const ofUpstream = (
  engine: 'docker-ce' | 'docker-ee',
  name: RuntimeName,
  { packages: { docker: own } }: OsFamily,
): EnginePackages => ({
  engine,
  label: profileOf(name).label,
  conflicts: [
    ...(own === undefined ? [] : [own]),
    ...['docker-cli', 'containerd', 'runc'],
    ...docker(engine === 'docker-ce' ? 'docker-ee' : 'docker-ce'),
  ],
  provides: ['containerd.io', 'containerd', 'runc'],
});

/** Whether an engine is given in this way at all. */
export const isEngine = ({ name, source }: DesiredRuntime): boolean =>
  source === 'upstream' ? upstreamEngines[name] !== undefined : source === 'distribution' && name === 'docker';

/** undefined: nobody gives the engine in this way to these distributions. */
export const engineFor = (runtime: DesiredRuntime, os: OsFamily): EnginePackages | undefined => {
  if (!isEngine(runtime)) return undefined;
  const upstream = upstreamEngines[runtime.name];
  if (runtime.source === 'upstream' && upstream !== undefined) return ofUpstream(upstream, runtime.name, os);
  const { docker: own } = os.packages;
  return own === undefined ? undefined : ofDistribution(own);
};
