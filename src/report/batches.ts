import type { Run } from '../core/result.ts';
import type { Context } from './finding.ts';
import { foldHosts } from './fold-hosts.ts';
import { keyed } from './layout.ts';
import type { NotedBatch, RolloutNotes } from './options.ts';

/** `worker-2 at once; then worker-1 (1 of 2 workers at a time)` */
const inWords = ({ atOnce, batches, workers }: RolloutNotes): string =>
  [
    ...(atOnce.length === 0 ? [] : [`${foldHosts(atOnce)} at once`]),
    ...stretchesOf(batches).map(stretch => `${foldHosts(stretch.hosts)} (${sayOf(stretch, workers)})`),
  ].join('; then ');

interface Stretch extends NotedBatch {
  /** Hosts of its largest batch. */
  readonly size: number;
}

/** Hundreds of batches are told as what they are: many of a kind, one after another. */
const stretchesOf = (batches: readonly NotedBatch[]): readonly Stretch[] => {
  const stretches: Stretch[] = [];
  for (const batch of batches) {
    const last = stretches.at(-1);
    const size = batch.hosts.length;
    if (last?.reason === batch.reason && last.kind === batch.kind && last.role === batch.role) {
      stretches[stretches.length - 1] = {
        ...last,
        hosts: [...last.hosts, ...batch.hosts],
        size: Math.max(last.size, size),
      };
    } else stretches.push({ ...batch, size });
  }
  return stretches;
};

const sayOf = ({ reason, role, kind, size, hosts }: Stretch, workers: number): string => {
  const pace = role === 'worker' ? `${size} of ${workers} workers at a time` : 'control planes go one at a time';
  const rest = kind === 'restart' ? ', without drain' : '';
  if (reason === 'canary') return `${hosts.length === 1 ? 'canary' : 'canaries'}, one at a time${rest}`;
  return `${reason === 'broken' ? 'out of service already, ' : ''}${pace}${rest}`;
};

export const batchLines = (run: Run, notes: RolloutNotes | undefined, { options }: Context): string[] => {
  const told =
    notes !== undefined && notes.batches.length > 0
      ? inWords(notes)
      : (run.batches ?? []).map(batch => foldHosts(batch)).join('; then ');
  const isWorthTelling = (notes?.batches.length ?? 0) > 0 || (run.batches ?? []).length > 1;
  if (!isWorthTelling) return [];
  return [...keyed('batches', told, 0, 11, options.width), ...blockedLines(run, notes, options.width), ''];
};

/** What is in the way, a drain or a refusal, and how long the others take. */
const blockedLines = (run: Run, notes: RolloutNotes | undefined, width: number): string[] => {
  const blocked = run.hosts.filter(({ drain }) => drain?.feasible === false).map(({ host }) => host);
  const drains = (notes?.drains ?? []).filter(({ host }) => !blocked.includes(host));
  if (blocked.length === 0 && drains.length === 0) return [];
  const refused = run.hosts.filter(({ host, state }) => state === 'refused' && !blocked.includes(host));
  const what = [
    ...(blocked.length === 0 ? [] : [`the drain of ${foldHosts(blocked)}`]),
    ...(refused.length === 0 ? [] : [`${foldHosts(refused.map(({ host }) => host))}, refused`]),
  ];
  const said = what.length === 0 ? 'nothing.' : `${what.join('; ')}, see above.`;
  return keyed('blocked', [said, estimate(drains)].join('   ').trim(), 0, 11, width);
};

const estimate = (drains: RolloutNotes['drains']): string => {
  const bySeconds = new Map<number, string[]>();
  for (const { host, estimateSeconds } of drains) {
    bySeconds.set(estimateSeconds, [...(bySeconds.get(estimateSeconds) ?? []), host]);
  }
  const [only, ...more] = [...bySeconds].toSorted(([left], [right]) => right - left);
  if (only === undefined) return '';
  if (more.length === 0) return `Estimated drain time of ${foldHosts(only[1])}: ${only[0]} s`;
  return `Estimated drain time: up to ${only[0]} s (${foldHosts(only[1])})`;
};
