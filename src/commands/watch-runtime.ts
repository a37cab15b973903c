import { setTimeout as delay } from 'node:timers/promises';
import type { OpenConnection } from '../apply/host-run.ts';
import type { VerifyDecision } from '../apply/run-host.ts';
import { runtimeOf } from '../checks/runtimes/index.ts';
import type { DesiredNode } from '../core/desired.ts';
import { steadySeconds, unsteady } from '../core/steadiness.ts';
import { type Glance, observeSurely } from './look-again.ts';

/**
 * Begins where a host is looked at, and ends once its runtime is old enough to be believed; what is done in between costs nothing. A runtime
 * that has run for longer, as one that was only reloaded, is not waited for.
 */
export const watchRuntime = (
  { facts: { clock, services } }: Pick<Glance, 'facts'>,
  desired: DesiredNode,
  open: OpenConnection,
): (() => Promise<VerifyDecision>) => {
  const from = performance.now();
  const young = runtimeOf(desired).units.flatMap(unit => {
    const state = services.known ? services.value[unit] : undefined;
    if (!clock.known || state === undefined || state.mainPid === 0 || state.startedAtSeconds === null) return [];
    const age = clock.value.epochSeconds - state.startedAtSeconds;
    return age < steadySeconds ? [{ unit, state, age }] : [];
  });
  return async () => {
    if (young.length === 0) return { ok: true };
    const youngest = Math.min(...young.map(({ age }) => age));
    const leftMs = (steadySeconds - youngest) * 1_000 - (performance.now() - from);
    if (leftMs > 0) await delay(leftMs);
    const { services: now } = await observeSurely(open, ['services']);
    if (!now.known) return { ok: false, reason: `whether the runtime still runs cannot be told: ${now.reason}` };
    const [reason] = young.flatMap(({ unit, state }) => unsteady(unit, state, now.value[unit]) ?? []);
    return reason === undefined ? { ok: true } : { ok: false, reason };
  };
};
