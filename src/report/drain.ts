import type { HostResult, PodVerdict } from '../core/result.ts';
import { plural } from './counts.ts';
import type { Context } from './finding.ts';
import { keyed } from './layout.ts';
import type { RolloutNotes } from './options.ts';

const nameOf = ({ namespace, name }: PodVerdict): string => `${namespace}/${name}`;

const count = (pods: readonly PodVerdict[], verdict: PodVerdict['verdict']): number =>
  pods.filter(pod => pod.verdict === verdict).length;

/** `node is drained first (6 pods move, 2 stay)` */
export const drainSays = ({ drain }: HostResult): string | undefined => {
  if (drain === undefined) return undefined;
  if (drain.pods.length === 0) return 'node is drained first (it has no pods)';
  const [move, stay, block] = [count(drain.pods, 'move'), count(drain.pods, 'stay'), count(drain.pods, 'block')];
  if (block > 0) return `node cannot be drained (${block} of ${plural(drain.pods.length, 'pod')} in the way)`;
  return `node is drained first (${plural(move, 'pod')} ${move === 1 ? 'moves' : 'move'}${stay === 0 ? '' : `, ${stay} stay`})`;
};

/** More names than this hide what is said about them; --verbose names all. */
const maxNames = 3;

const together = (names: readonly string[], { options }: Context): string => {
  const left = names.length - maxNames;
  if (options.verbose || left <= 1) return names.join(', ');
  return `${names.slice(0, maxNames).join(', ')} and ${left} more`;
};

type Mark = 'info' | 'warning' | 'error';
interface Saying {
  readonly pods: readonly string[];
  readonly text: string;
  readonly mark: Mark;
}

/** Pods of which the same is said are named together. */
const merged = (sayings: readonly Saying[]): readonly Saying[] => {
  const byText = new Map<string, Saying>();
  for (const saying of sayings) {
    const before = byText.get(saying.text);
    byText.set(saying.text, before === undefined ? saying : { ...before, pods: [...before.pods, ...saying.pods] });
  }
  return [...byText.values()];
};

const verbs = { move: 'moves', stay: 'stays', block: 'is in the way' } as const;

const markOf = ({ verdict, reason }: PodVerdict): Mark => {
  if (verdict === 'block') return 'error';
  return verdict === 'move' && reason !== undefined ? 'warning' : 'info';
};

const sayingOf = (pod: PodVerdict, { options }: Context): readonly Saying[] => {
  const { verdict, reason } = pod;
  const pods = [nameOf(pod)];
  if (options.verbose) {
    return [{ pods, text: reason === undefined ? verbs[verdict] : `${verbs[verdict]}: ${reason}`, mark: markOf(pod) }];
  }
  return verdict === 'move' && reason !== undefined ? [{ pods, text: reason, mark: 'warning' }] : [];
};

/** What is lost, waited for, or finds no room; all pods with --verbose. What blocks is told with the refusal. */
export const drainLines = (host: HostResult, notes: RolloutNotes | undefined, context: Context): string[] => {
  const { options, style } = context;
  if (host.drain === undefined || options.quiet) return [];
  const warnings = notes?.drains.find(drain => drain.host === host.host)?.warnings ?? [];
  return merged([
    ...host.drain.pods.flatMap(pod => sayingOf(pod, context)),
    ...warnings.map(({ pods, reason }): Saying => ({ pods, text: reason, mark: 'warning' })),
  ]).flatMap(({ pods, text, mark }) =>
    keyed(style.mark(mark), `${together(pods, context)}: ${text}`, 2, 2, options.width),
  );
};
