import { criSocketOf } from '../../core/cri-endpoint.ts';
import { type CriAnswer, servesNoCri } from '../../facts/cri.ts';
import { defineCheck, type Verdict } from '../check.ts';
import { needsOfRuntime, runtimeFacts, runtimeOf } from '../runtimes/index.ts';
import type { RuntimeView } from '../runtimes/runtime-view.ts';
import { noRuntime, stoppedUnit } from '../support/runtime-state.ts';

export const criEnabled = defineCheck({
  id: 'cri-enabled',
  title: 'The runtime answers CRI',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#containerd',
  needs: runtimeFacts,
  needsOn: needsOfRuntime(),
  fixable: true,
  evaluate(facts, desired) {
    const absent = noRuntime(facts, desired);
    if (absent !== undefined) return absent;
    const view = runtimeOf(desired);
    const socket = criSocketOf(view.name);
    const answer = facts.cri[socket];
    const disabled = view.criDisabled(facts, answer);
    if (disabled !== undefined) {
      const remedy = `nodeprep apply (restarts ${view.label})`;
      return { status: 'fail', ...disabled, remedy, fixedByApply: true };
    }
    if (stoppedUnit(facts.services, desired) !== undefined)
      return { status: 'skip', reason: `needs a runtime: ${view.label} does not run` };
    return answer === undefined ? { status: 'unknown', reason: `nothing listens at ${socket}` } : told(answer, view);
  },
});

const told = (answer: CriAnswer, { label, silentCri, units }: RuntimeView): Verdict => {
  if (answer.answered)
    return { status: 'pass', observed: `${answer.runtimeName} ${answer.runtimeVersion} answers CRI` };
  if (!servesNoCri(answer)) return { status: 'unknown', reason: `CRI: ${answer.reason}` };
  const journal = `journalctl -u ${units.at(-1)?.replace('.service', '')}`;
  return {
    status: 'fail',
    message: silentCri?.message ?? `${label} runs, but serves no CRI`,
    observed: answer.reason,
    expected: 'an answer over CRI',
    remedy: `look for the reason: ${[silentCri?.look, journal].filter(Boolean).join(', and ')}`,
    fixedByApply: false,
  };
};
