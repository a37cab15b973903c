import type { DesiredRuntime } from '../core/desired.ts';
import { compareVersions } from '../core/versions.ts';
import type { Refusal } from './installer.ts';
import { planRefused } from './known-facts.ts';
import type { PackagePlan } from './package-plan.ts';
import { matchesPrefix, upstreamOf } from './package-version.ts';

/** Data stays where it is, for the daemon of the package that comes to read: it may not be an older one. `version`: of what is there. */
export const olderThanThere = (
  label: string,
  version: string | undefined,
  { changes }: PackagePlan,
  desired: Pick<DesiredRuntime, 'source' | 'version'>,
): readonly Refusal[] => {
  const coming = changes.find(change => change.kind === 'package');
  if (version === undefined || coming === undefined) return [];
  const wanted = coming.version ?? desired.version;
  // What upstream offers without being asked for a version is its newest.
  if (wanted === undefined && desired.source === 'upstream') return [];
  if (
    wanted !== undefined &&
    (matchesPrefix(version, wanted) || compareVersions(upstreamOf(wanted), upstreamOf(version)) >= 0)
  )
    return [];
  return [
    planRefused(
      `${label} ${version} is there and ${wanted ?? 'whatever the distribution has'} is asked for: nodeprep does not downgrade, an older ${label} may not read the newer one's data`,
      `Set runtime.version: "${upstreamOf(version)}" or later, or keep what is there with runtime.source.`,
    ),
  ];
};
