import { defineInstaller } from './installer.ts';
import { planModules } from './kernel-modules.ts';
import { planSysctls } from './kernel-sysctls.ts';
import { knownFacts, refused } from './known-facts.ts';

const needs = ['container', 'filesystems', 'kernel', 'modules', 'modulesLoad', 'sysctl', 'sysctlFiles'] as const;

/** Modules and sysctls that pod networking needs, now and at the next boot. */
export const kernelSettings = defineInstaller({
  id: 'kernel-settings',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#network-configuration',
  needs,
  appliesTo: () => true,
  plan(facts) {
    const known = knownFacts(facts, needs, 'kernel settings');
    if (!known.known) return refused(...known.refusals);
    const modules = planModules(known.value);
    const sysctls = planSysctls(known.value);
    return {
      changes: [...modules.changes, ...sysctls.changes],
      later: [],
      refusals: [...modules.refusals, ...sysctls.refusals],
      originals: { ...modules.originals, ...sysctls.originals },
    };
  },
});
