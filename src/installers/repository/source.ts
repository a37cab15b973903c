import type { Change } from '../../changes/change.ts';
import type { DesiredNode } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import type { FactValues } from '../../facts/index.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { LaterSetting } from '../installer.ts';
import { knownFacts } from '../known-facts.ts';
import { concernsSources, planMirror } from '../package-mirror/plan.ts';
import { awaitsProxy, type ProxyFacts } from '../proxy/package-proxy.ts';
import { planRepository, type RepositoryPlan } from './plan.ts';

type Facts = ProxyFacts & {
  readonly [K in 'aptSources' | 'clock' | 'osRelease' | 'rpmSources']: Observed<FactValues[K]>;
};

export interface SourcePlan extends RepositoryPlan {
  /** What is on offer shows, or can be fetched, in the next round. */
  readonly isAwaited: boolean;
}

/** The repository that the package comes from, where that is not the distribution's; and whether sources of the distribution move. */
export const planSource = (facts: Facts, desired: DesiredNode, os: OsFamily): SourcePlan => {
  const { runtime } = desired;
  const isUpstream = runtime.source === 'upstream' && runtime.offline !== true;
  const isProxyAwaited = awaitsProxy(facts, desired, os);
  if (!isUpstream && !concernsSources(desired, os.packageManager)) return { ...noSource, isAwaited: isProxyAwaited };
  const id = os.packageManager === 'apt' ? 'aptSources' : 'rpmSources';
  const known = knownFacts(facts, [id, 'clock', 'osRelease'], isUpstream ? "upstream's repository" : 'package sources');
  if (!known.known) return { ...noSource, refusals: known.refusals, isAwaited: false };
  const mirrored = planMirror(known.value[id], desired);
  const own = isUpstream ? planRepository({ ...known.value, sources: mirrored.sources }, desired, os) : noSource;
  return { ...own, isAwaited: isProxyAwaited || own.changes.length + mirrored.changes.length > 0 };
};

const noSource: RepositoryPlan = { changes: [], refusals: [], originals: {} };

/** A change that waits for what comes before it. */
export const announced = ({ target, settings, disruption }: Change): readonly LaterSetting[] =>
  (settings ?? []).map(setting => ({ target, setting, disruption }));
