import { unknown } from '../core/observed.ts';
import { defineInstaller } from './installer.ts';
import { knownFacts, nothing, refused } from './known-facts.ts';
import { noProgram, planRuntimePackage } from './package-plan.ts';
import { announced, planSource } from './repository/source.ts';

export const policyPackage = 'container-selinux';
const required = ['clock', 'clusterState', 'packages', 'selinux'] as const;

/**
 * Packages of docker.com bring the policy of containers along; those of CRI-O and archives do not. Files that nodeprep writes get the
 * label that the policy has for their path (templates/host/file.sh).
 */
export const selinux = defineInstaller({
  id: 'selinux',
  source: 'https://github.com/containers/container-selinux#readme',
  needs: [...required, 'aptSources', 'candidates', 'osRelease', 'proxies', 'rpmSources'],
  appliesTo: () => true,
  plan(facts, desired, os) {
    if (os.packageManager === 'apt') return nothing;
    const known = knownFacts(facts, required, policyPackage);
    if (!known.known) return refused(...known.refusals);
    const { packages, clock, clusterState } = known.value;
    if (known.value.selinux.mode !== 'enforcing' || packages.installed[policyPackage] !== undefined) return nothing;
    // The repository of the runtime, or a mirror of the distribution, may be the one that offers it.
    const { isAwaited } = planSource(facts, desired, os);
    const candidates = isAwaited ? unknown('what offers it is not set up yet') : facts.candidates;
    const { changes, refusals } = planRuntimePackage(
      {
        name: policyPackage,
        label: policyPackage,
        program: noProgram,
        disruption: { install: 'container-selinux', upgrade: 'container-selinux' },
        holds: [],
        setting: policyPackage,
        companion: 'SELinux is enforcing, and containers need its policy',
      },
      { packages, clock, candidates, joined: clusterState.joined },
      { ...desired.runtime, version: undefined },
      os,
    );
    return isAwaited ? { ...nothing, later: changes.flatMap(announced), refusals } : { ...nothing, changes, refusals };
  },
});
