import type { Services } from '../../facts/services.ts';
import { defineCheck } from '../check.ts';
import { needsOfRuntime, runtimeFacts, runtimeOf } from '../runtimes/index.ts';
import { noRuntime } from '../support/runtime-state.ts';

export const runtimeEnabled = defineCheck({
  id: 'runtime-enabled',
  title: 'The container runtime starts at boot',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/',
  needs: runtimeFacts,
  needsOn: needsOfRuntime(),
  fixable: true,
  evaluate(facts, desired) {
    const absent = noRuntime(facts, desired);
    if (absent !== undefined) return absent;
    const { label, units } = runtimeOf(desired);
    const wrong = units.find(name => stateOf(facts.services, name) !== 'enabled');
    if (wrong === undefined)
      return { status: 'pass', observed: `${units.join(', ')} ${units.length === 1 ? 'is' : 'are'} enabled` };
    const state = stateOf(facts.services, wrong);
    return {
      status: 'fail',
      message: `${label} does not start at boot`,
      observed: `${wrong}: ${state ?? 'not asked for'}`,
      expected: `${wrong}: enabled`,
      remedy:
        state === 'not-found'
          ? `install the unit of ${label}`
          : `nodeprep apply, or by hand: systemctl enable ${wrong.replace(/\.service$/, '')}`,
      fixedByApply: state === 'disabled' || state === 'masked',
    };
  },
});

const stateOf = (services: Services, name: string): string | undefined => {
  const unit = services[name];
  return unit?.unitFileState === '' ? unit.loadState : unit?.unitFileState;
};
