import { defineCheck } from '../check.ts';
import { needsOfRuntime, runtimeFacts, runtimeOf } from '../runtimes/index.ts';
import { noRuntime, stoppedUnit } from '../support/runtime-state.ts';

export const runtimeRunning = defineCheck({
  id: 'runtime-running',
  title: 'The container runtime runs',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/',
  needs: runtimeFacts,
  needsOn: needsOfRuntime(),
  fixable: true,
  evaluate(facts, desired) {
    const absent = noRuntime(facts, desired);
    if (absent !== undefined) return absent;
    const { label, units } = runtimeOf(desired);
    const name = stoppedUnit(facts.services, desired);
    if (name === undefined) {
      const told = units.map(each => {
        const pid = facts.services[each]?.mainPid ?? 0;
        return `${each} is active${pid > 0 ? `, process ${pid}` : ''}`;
      });
      return { status: 'pass', observed: told.join('; ') };
    }
    const unit = facts.services[name];
    // A unit that failed has a reason that starting it again does not remove.
    const stopped = unit?.activeState === 'inactive' && ['loaded', 'masked'].includes(unit.loadState);
    const short = name.replace(/\.service$/, '');
    return {
      status: 'fail',
      message: `${label} does not run`,
      observed: `${name}: ${unit === undefined ? 'not asked for' : `${unit.activeState} (${unit.subState})`}`,
      expected: `${name}: active`,
      remedy: stopped
        ? `nodeprep apply, or by hand: systemctl start ${short}`
        : `look for the reason: journalctl -u ${short}`,
      fixedByApply: stopped,
    };
  },
});
