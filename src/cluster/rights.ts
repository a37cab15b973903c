import * as z from 'zod';
import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import { type Api, malformed } from './api.ts';
import type { ClusterUse } from './cluster.ts';
import { explainFailure, grantHint } from './explain-failure.ts';
import { describeRight, neededRights, type Right } from './needed-rights.ts';

/**
 * Two lists of rules answer for everything, and what they do not show is asked for by itself: only those single answers are
 * the API server's own word where it has other authorizers than RBAC.
 */
export const requireRights = async (api: Api, use: ClusterUse): Promise<void> => {
  const [everywhere, inSystem] = await Promise.all([rulesIn(api, nowhere), rulesIn(api, 'kube-system')]);
  const unseen = neededRights(use).filter(
    right => !(right.namespace === undefined ? everywhere : inSystem).some(rule => grants(rule, right)),
  );
  const answers = await Promise.all(unseen.map(right => isAllowed(api, right)));
  const missing = unseen.filter((_, index) => answers[index] === false);
  if (missing.length === 0) return;
  const told = missing.map(describeRight).join(', ');
  throw new NodeprepError(
    'cluster-denied',
    escapeLine(`${api.port.name} does not let this user do what is needed: ${told}`, 4_000),
    { hint: grantHint },
  );
};

/** No role can be bound in a namespace that does not exist: the rules there are those that hold everywhere. */
const nowhere = 'nodeprep-no-such-namespace';

const words = z.array(z.string()).nullish();
const ruleSchema = z.object({ verbs: words, apiGroups: words, resources: words, resourceNames: words });
type Rule = z.infer<typeof ruleSchema>;
const rulesSchema = z.object({ status: z.object({ resourceRules: z.array(ruleSchema).nullish() }) });
const accessSchema = z.object({ status: z.object({ allowed: z.boolean().nullish() }) });

const authorization = '/apis/authorization.k8s.io/v1';

const rulesIn = async (api: Api, namespace: string): Promise<readonly Rule[]> => {
  const answer = await review(api, 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', { namespace });
  return rulesSchema.parse(answer).status.resourceRules ?? [];
};

export const isAllowed = async (api: Api, right: Right): Promise<boolean> => {
  const { verb, group, resource, subresource, namespace, name } = right;
  const resourceAttributes = { verb, group, resource, subresource, namespace, name };
  const answer = await review(api, 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', { resourceAttributes });
  return accessSchema.parse(answer).status.allowed === true;
};

/** Every authenticated user may ask (ClusterRole system:basic-user). */
const review = async (api: Api, resource: string, kind: string, spec: unknown): Promise<unknown> => {
  const doing = 'ask for its own rights';
  const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec };
  const written = await api.create(`${authorization}/${resource}`, body, { doing });
  if (!written.ok) throw await explainFailure(api.port, { kind: 'status', ...written }, doing);
  const schema = kind === 'SelfSubjectAccessReview' ? accessSchema : rulesSchema;
  if (!schema.safeParse(written.object).success) throw malformed(kind, 'it has no status');
  return written.object;
};

const grants = (rule: Rule, { verb, group, resource, subresource, name }: Right): boolean => {
  const wanted = subresource === undefined ? resource : `${resource}/${subresource}`;
  const resources = subresource === undefined ? [wanted, '*'] : [wanted, '*', `*/${subresource}`];
  const names = rule.resourceNames ?? [];
  return (
    has(rule.verbs, [verb, '*']) &&
    has(rule.apiGroups, [group, '*']) &&
    has(rule.resources, resources) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
};

const has = (list: Rule['verbs'], any: readonly string[]): boolean => (list ?? []).some(word => any.includes(word));
