import type { LabelSelector, Node, NodeSelector, NodeSelectorTerm } from '../../cluster/objects.ts';

export type Labels = Readonly<Record<string, string>>;
type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

const wholeNumber = (text: string | undefined): number =>
  text !== undefined && /^-?\d+$/.test(text) ? Number(text) : Number.NaN;

const meets = ({ key, operator, values = [] }: Requirement, labels: Labels): boolean => {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return wholeNumber(value) > wholeNumber(values[0]);
    case 'Lt':
      return wholeNumber(value) < wholeNumber(values[0]);
    default:
      return false;
  }
};

const hasAll = (wanted: Labels, labels: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);

/** No selector selects nothing; an empty one selects everything (policy/v1, not v1beta1). */
export const selects = (selector: LabelSelector | undefined, labels: Labels = {}): boolean =>
  selector !== undefined &&
  hasAll(selector.matchLabels ?? {}, labels) &&
  (selector.matchExpressions ?? []).every(requirement => meets(requirement, labels));

export const hasLabels = (node: Node, wanted: Labels = {}): boolean => hasAll(wanted, node.metadata.labels ?? {});

const isTermMet = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, { metadata }: Node): boolean =>
  // An empty term selects no node.
  matchExpressions.length + matchFields.length > 0 &&
  matchExpressions.every(requirement => meets(requirement, metadata.labels ?? {})) &&
  matchFields.every(requirement => meets(requirement, { 'metadata.name': metadata.name }));

/** Terms are alternatives. No selector is no condition. */
export const selectsNode = (selector: NodeSelector | undefined, node: Node): boolean =>
  selector === undefined || selector.nodeSelectorTerms.some(term => isTermMet(term, node));
