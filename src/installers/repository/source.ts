import type { Change } from '../../changes/change.ts';
import type { DesiredNode } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import type { FactValues } from '../../facts/index.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { LaterSetting } from '../installer.ts';
import { knownFacts } from '../known-facts.ts';
import { planRepository, type RepositoryPlan } from './plan.ts';

type Facts = { readonly [K in 'aptSources' | 'clock' | 'osRelease' | 'rpmSources']: Observed<FactValues[K]> };

/** The repository that the package comes from, where that is not the distribution's. */
export const planSource = (facts: Facts, desired: DesiredNode, os: OsFamily): RepositoryPlan => {
  if (desired.runtime.source !== 'upstream' || desired.runtime.offline === true)
    return { changes: [], refusals: [], originals: {} };
  const id = os.packageManager === 'apt' ? 'aptSources' : 'rpmSources';
  const known = knownFacts(facts, [id, 'clock', 'osRelease'], "upstream's repository");
  return known.known
    ? planRepository({ ...known.value, sources: known.value[id] }, desired, os)
    : { changes: [], refusals: known.refusals, originals: {} };
};

/** A change that waits for what comes before it. */
export const announced = ({ target, settings, disruption }: Change): readonly LaterSetting[] =>
  (settings ?? []).map(setting => ({ target, setting, disruption }));
