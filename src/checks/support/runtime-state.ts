import { criSocketOf } from '../../core/cri-endpoint.ts';
import type { DesiredNode } from '../../core/desired.ts';
import { servesNoCri } from '../../facts/cri.ts';
import type { FactValues } from '../../facts/index.ts';
import type { Services } from '../../facts/services.ts';
import type { Verdict } from '../check.ts';
import { type runtimeFacts, runtimeOf } from '../runtimes/index.ts';
import { isInstalled, type RuntimeFact } from '../runtimes/runtime-view.ts';

export type RuntimeFactValues = Pick<FactValues, (typeof runtimeFacts)[number]>;

/** For rules about an installed runtime: its absence is told once, by `runtime-installed`. */
export const noRuntime = (facts: Pick<FactValues, RuntimeFact>, desired: DesiredNode): Verdict | undefined => {
  const view = runtimeOf(desired);
  const found = view.installed(facts);
  return isInstalled(found) ? undefined : { status: 'skip', reason: `needs a runtime: ${found.missing}` };
};

/** The first unit of the runtime that does not run. */
export const stoppedUnit = (services: Services, desired: DesiredNode): string | undefined =>
  runtimeOf(desired).units.find(name => services[name]?.activeState !== 'active');

/** Where nothing is in force: no runtime, none that runs, or one without CRI. Each is told by a rule of its own. */
export const nothingInForce = (facts: RuntimeFactValues, desired: DesiredNode): Verdict | undefined => {
  const absent = noRuntime(facts, desired);
  if (absent !== undefined) return absent;
  const { label, name } = runtimeOf(desired);
  if (stoppedUnit(facts.services, desired) !== undefined)
    return { status: 'skip', reason: `needs a runtime: ${label} does not run` };
  return servesNoCri(facts.cri[criSocketOf(name)])
    ? { status: 'skip', reason: `needs a runtime: ${label} serves no CRI; see cri-enabled` }
    : undefined;
};
