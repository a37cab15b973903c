import { defineInstaller } from './installer.ts';
import { knownFacts, nothing, refused } from './known-facts.ts';
import { noProgram, planRuntimePackage } from './package-plan.ts';

export const policyPackage = 'container-selinux';
const required = ['clock', 'clusterState', 'packages', 'selinux'] as const;

/**
 * Packages of docker.com bring the policy of containers along; those of CRI-O and archives do not. Files that nodeprep writes get the
 * label that the policy has for their path (templates/host/file.sh).
 */
export const selinux = defineInstaller({
  id: 'selinux',
  source: 'https://github.com/containers/container-selinux#readme',
  needs: [...required, 'candidates'],
  appliesTo: () => true,
  plan(facts, desired, os) {
    if (os.packageManager === 'apt') return nothing;
    const known = knownFacts(facts, required, policyPackage);
    if (!known.known) return refused(...known.refusals);
    const { packages, clock, clusterState } = known.value;
    if (known.value.selinux.mode !== 'enforcing' || packages.installed[policyPackage] !== undefined) return nothing;
    const { changes, refusals } = planRuntimePackage(
      {
        name: policyPackage,
        label: policyPackage,
        program: noProgram,
        disruption: { install: 'container-selinux', hold: 'container-selinux', upgrade: 'container-selinux' },
        companion: 'SELinux is enforcing, and containers need its policy',
      },
      { packages, clock, candidates: facts.candidates, joined: clusterState.joined },
      { ...desired.runtime, version: undefined },
      os,
    );
    return { ...nothing, changes, refusals };
  },
});
