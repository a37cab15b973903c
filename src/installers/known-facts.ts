import type { Observed } from '../core/observed.ts';
import type { FactId, FactValues } from '../facts/index.ts';
import type { Refusal } from './installer.ts';

export type KnownFacts<N extends FactId> =
  | { readonly known: true; readonly value: Pick<FactValues, N> }
  | { readonly known: false; readonly refusals: readonly Refusal[] };

/** Nothing is planned on what is unknown: each missing fact becomes a refusal that says why. */
export const knownFacts = <N extends FactId>(
  facts: { readonly [K in N]: Observed<FactValues[K]> },
  names: readonly N[],
  subject: string,
): KnownFacts<N> => {
  const refusals = names.flatMap(name => {
    const fact = facts[name];
    return fact.known ? [] : [unknownFact(name, fact.reason, subject)];
  });
  if (refusals.length > 0) return { known: false, refusals };
  const values = names.map(name => {
    const fact = facts[name];
    return [name, fact.known ? fact.value : undefined];
  });
  return { known: true, value: Object.fromEntries(values) as Pick<FactValues, N> };
};

const unknownFact = (name: string, reason: string, subject: string): Refusal => ({
  code: 'plan-refused',
  message: `${subject} cannot be planned: the fact ${name} is unknown: ${reason}`,
  ...(/needs root/.test(reason)
    ? { hint: 'Planning needs root on the host: let sudo allow it, or give its password.' }
    : {}),
});

export const nothing = { changes: [], later: [], refusals: [] } as const;

export const refused = (...refusals: readonly Refusal[]) => ({ changes: [], later: [], refusals });

export const planRefused = (message: string, hint?: string): Refusal => ({
  code: 'plan-refused',
  message,
  ...(hint === undefined ? {} : { hint }),
});
