import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import type { Api, Written } from './api.ts';
import type { Eviction } from './cluster.ts';
import { explainFailure } from './explain-failure.ts';
import type { LabelSelector } from './objects.ts';
import { parseBudget, parsePod } from './parse-objects.ts';
import { budgetsPath, podPath } from './paths.ts';

export interface PodToEvict {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Asks the eviction subresource (policy/v1), which asks the budgets; the pod keeps its own grace period. */
export const evictPod = async (api: Api, pod: PodToEvict): Promise<Eviction> => {
  const { namespace, name, uid } = pod;
  const doing = `evict pod ${namespace}/${name}`;
  const written = await api.create(
    `${podPath(namespace, name)}/eviction`,
    {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      deleteOptions: { preconditions: { uid } },
    },
    { doing, isVerbose: true },
  );
  if (written.ok) return { kind: 'accepted' };
  if (written.reason === 'NotFound' || isAnotherPod(written)) return { kind: 'gone' };
  if (written.reason === 'TooManyRequests' || written.reason === 'Conflict')
    return { kind: 'later', reason: reasonOf(written) };
  if (/more than one PodDisruptionBudget/.test(written.message)) throw await twoBudgets(api, pod);
  throw await explainFailure(api.port, { kind: 'status', ...written }, doing);
};

/** A pod of the same name has taken its place: `… the UID in the precondition (…) does not match the UID in record (…)`. */
const isAnotherPod = ({ reason, message }: Extract<Written, { ok: false }>): boolean =>
  reason === 'Conflict' && /UID in (the )?precondition/i.test(message);

/** The cause says which budget (k8s.io/kubernetes pkg/registry/core/pod/storage/eviction.go); kubectl alone tells only that there is one. */
const reasonOf = ({ stderr, message }: Extract<Written, { ok: false }>): string => {
  const [cause] =
    /The disruption budget \S+ (?:needs \d+ healthy pods and has \d+ currently|is still being processed by the server)/.exec(
      stderr,
    ) ?? [];
  return escapeLine(cause ?? message, 300);
};

/** The API server evicts no pod that two budgets select, ever. */
const twoBudgets = async (api: Api, { namespace, name }: PodToEvict): Promise<NodeprepError> => {
  const doing = `read the budgets of pod ${namespace}/${name}`;
  const object = await api.get(podPath(namespace, name), { doing });
  const labels = object === undefined ? {} : (parsePod(object).metadata.labels ?? {});
  const budgets = (await api.list(budgetsPath(namespace), { doing })).map(parseBudget);
  const names = budgets.filter(({ spec }) => selects(spec.selector, labels)).map(({ metadata }) => metadata.name);
  const told = names.length === 0 ? 'two PodDisruptionBudgets' : `the PodDisruptionBudgets ${names.join(' and ')}`;
  return new NodeprepError(
    'drain-infeasible',
    escapeLine(`pod ${namespace}/${name} is selected by ${told}; the API server evicts no such pod.`),
    { hint: `Make their selectors disjoint: kubectl --namespace ${namespace} edit poddisruptionbudgets` },
  );
};

/** By labels alone: budgets that are told by expressions as well are named if their labels fit. */
const selects = (selector: LabelSelector | undefined, labels: Readonly<Record<string, string>>): boolean =>
  selector !== undefined && Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
