import { defineInstaller } from '../installer.ts';
import { knownFacts, nothing, refused } from '../known-facts.ts';
import { concernsSources, planMirror } from './plan.ts';

/** Package sources that are there: of the mirror that the inventory names, and of dnf's those that its proxy is not for. */
export const packageMirror = defineInstaller({
  id: 'package-mirror',
  source: 'https://manpages.debian.org/bookworm/apt/sources.list.5.en.html',
  needs: ['aptSources', 'rpmSources'],
  appliesTo: desired => desired.packageMirror !== undefined || desired.proxy !== undefined,
  plan(facts, desired, os) {
    if (!concernsSources(desired, os.packageManager)) return nothing;
    const id = os.packageManager === 'apt' ? 'aptSources' : 'rpmSources';
    const known = knownFacts(facts, [id], 'package sources');
    if (!known.known) return refused(...known.refusals);
    const { changes, refusals, originals } = planMirror(known.value[id], desired);
    return refusals.length > 0 ? refused(...refusals) : { ...nothing, changes, originals };
  },
});
