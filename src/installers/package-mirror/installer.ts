import { defineInstaller } from '../installer.ts';
import { knownFacts, nothing, refused } from '../known-facts.ts';
import { planMirror } from './plan.ts';

/** The package manager takes the distribution's packages, and those of upstream, from the mirror that the inventory names. */
export const packageMirror = defineInstaller({
  id: 'package-mirror',
  source: 'https://manpages.debian.org/bookworm/apt/sources.list.5.en.html',
  needs: ['aptSources', 'rpmSources'],
  appliesTo: desired => desired.packageMirror !== undefined,
  plan(facts, desired, os) {
    const id = os.packageManager === 'apt' ? 'aptSources' : 'rpmSources';
    const known = knownFacts(facts, [id], 'the mirror of packages');
    if (!known.known) return refused(...known.refusals);
    const { changes, refusals, originals } = planMirror(known.value[id], desired);
    return refusals.length > 0 ? refused(...refusals) : { ...nothing, changes, originals };
  },
});
