import type { Change, ServiceChange } from '../changes/change.ts';
import { disruptions, phases } from '../core/result.ts';

/** One change per unit and per hold however many ask for it, then by phase; within a phase as the installers gave them. Ids are unique afterwards. */
export const orderChanges = (changes: readonly Change[]): readonly Change[] => {
  const merged = new Map<string, Change>();
  for (const change of changes) {
    const earlier = merged.get(change.id);
    if (earlier === undefined) merged.set(change.id, change);
    else merged.set(change.id, mergeTwo(earlier, change));
  }
  return [...merged.values()].toSorted((left, right) => phases.indexOf(left.phase) - phases.indexOf(right.phase));
};

const mergeTwo = (left: Change, right: Change): Change => {
  if (left.kind === 'service' && right.kind === 'service') return mergeServices(left, right);
  if (left.kind === 'hold' && right.kind === 'hold' && left.hold === right.hold) return left;
  throw new Error(`two changes are called ${left.id}`);
};

const mergeServices = (left: ServiceChange, right: ServiceChange): ServiceChange => {
  const [milder, worse] =
    disruptions.indexOf(left.disruption) > disruptions.indexOf(right.disruption) ? [right, left] : [left, right];
  const action = [left.action, right.action].includes('restart') ? 'restart' : (left.action ?? right.action);
  return {
    ...milder,
    ...worse,
    summary: joined([left.summary, right.summary], ', '),
    because: joined([left.because, right.because], '; '),
    settings: [...new Set([...(left.settings ?? []), ...(right.settings ?? [])])],
    ...(action === undefined ? {} : { action }),
    ...(left.needsNoSandboxes || right.needsNoSandboxes ? { needsNoSandboxes: true } : {}),
  };
};

const joined = (texts: readonly string[], separator: string): string => [...new Set(texts)].join(separator);
