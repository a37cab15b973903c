import type { DesiredRuntime } from '../../core/desired.ts';
import { packageCommands } from '../../core/package-manager.ts';
import type { Containerd } from '../../facts/containerd.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type PackageFacts as CommonFacts, type PackagePlan, planRuntimePackage } from '../package-plan.ts';
import { labels } from './labels.ts';

export interface PackageFacts extends CommonFacts {
  readonly containerd: Containerd;
}

/** The package at the version that is asked for; a package change leaves the configuration to the next round. */
export const planPackage = (facts: PackageFacts, desired: DesiredRuntime, os: OsFamily): PackagePlan => {
  const isUpstream = desired.source === 'upstream';
  const foreign = isUpstream ? inTheWay(facts, os) : foreignRuntime(facts, os);
  if (foreign !== undefined) return { changes: [], refusals: [foreign] };
  const name = containerdPackage(desired, os);
  if (name === undefined) return { changes: [], refusals: [notInDistribution(os)] };
  const subject = {
    name,
    label: 'containerd',
    program: facts.containerd,
    disruption: { install: 'containerd-install', hold: 'containerd-hold', upgrade: 'containerd-upgrade' },
    setting: labels.package(desired),
  } as const;
  return planRuntimePackage(subject, facts, desired, os);
};

/** undefined: the distribution has none. */
export const containerdPackage = ({ source }: DesiredRuntime, os: OsFamily): string | undefined =>
  source === 'upstream' ? os.upstreamPackages.containerd : os.packages.containerd;

const notInDistribution = ({ id }: OsFamily): Refusal =>
  planRefused(
    `distributions of the family ${id} have no package of containerd`,
    'Set runtime.source: upstream for containerd.io of docker.com, or runtime.source: archive for the release of containerd itself.',
  );

/** What upstream's package conflicts with, or makes obsolete, and would remove: it brings its own runc. */
const inTheWay = ({ packages: { installed } }: PackageFacts, { packageManager }: OsFamily): Refusal | undefined => {
  // By these names in every distribution.
  const there = ['containerd', 'runc'].filter(name => installed[name] !== undefined);
  if (there.length === 0) return undefined;
  const [is, them] = there.length === 1 ? ['is', 'it'] : ['are', 'them'];
  const named = there.map(name => `${name} ${installed[name]}`).join(' and ');
  const engine = installed['docker.io'];
  const needs = engine === undefined ? '' : `; docker.io ${engine} needs ${them}`;
  return planRefused(
    `${named} of the distribution ${is} installed, and upstream's containerd.io cannot be beside ${them}; nodeprep does not remove packages for it${needs}`,
    `Keep ${them} with runtime.source: distribution; or, on a node without pods, run \`${packageCommands[packageManager].remove} ${there.join(' ')}\` (${packageManager} says what else goes with ${them}) and plan again.`,
  );
};

const foreignRuntime = ({ packages }: PackageFacts, os: OsFamily): Refusal | undefined => {
  const docker = packages.installed[os.upstreamPackages.containerd];
  if (docker !== undefined) {
    return planRefused(
      `containerd.io ${docker} is installed, but the inventory asks for the package of the distribution`,
      'Keep it with runtime.source: upstream.',
    );
  }
  return undefined;
};
