import type { DesiredRuntime } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import type { Archives } from '../../facts/archives.ts';
import type { Crio } from '../../facts/crio.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { archiveThere } from '../leave-archive.ts';
import {
  type PackageFacts as CommonFacts,
  type PackagePlan,
  type PackageSubject,
  planRuntimePackage,
} from '../package-plan.ts';
import { daemon } from './archive-files.ts';
import { labels } from './labels.ts';

/** Of the distribution and of upstream alike. */
export const packageName = 'cri-o';

export interface PackageFacts extends CommonFacts {
  readonly archives: Observed<Archives>;
  readonly crio: Crio;
}

/** The package at the version that is asked for; not over the bundle that nodeprep put there. */
export const planPackage = (facts: PackageFacts, desired: DesiredRuntime, os: OsFamily): PackagePlan => {
  const { crio } = facts;
  const archive = archiveThere(daemon, { ...facts, program: crio });
  return archive === undefined
    ? planRuntimePackage(subjectOf(crio, desired), facts, desired, os)
    : { changes: [], refusals: [staysPut(archive, desired)] };
};

/** Its package brings files of the same names, in whose place a rollback would not put those of the archive. */
const staysPut = (named: string, { source }: DesiredRuntime): Refusal =>
  planRefused(
    `${named} is on this host, and the inventory asks for ${packageName} (runtime.source: ${source}): nodeprep does not move a host from one to the other`,
    `Keep it with ${daemon.keptArchive}; or take away all that nodeprep has changed on the host with nodeprep reset, for which a node leaves its cluster, then plan again.`,
  );

const subjectOf = ({ binary, version }: Crio, runtime: DesiredRuntime): PackageSubject => ({
  name: packageName,
  label: daemon.label,
  program: { binary, version },
  disruption: {
    install: 'cri-o-install',
    upgrade: upgradeRow(runtime),
  },
  holds: [packageName],
  setting: labels.package(runtime),
});

export const upgradeRow = ({ cgroupDriver }: DesiredRuntime): 'cri-o-upgrade' | 'cri-o-upgrade-cgroupfs' =>
  cgroupDriver === 'cgroupfs' ? 'cri-o-upgrade-cgroupfs' : 'cri-o-upgrade';
