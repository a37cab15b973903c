import { didYouMean } from './nearest.ts';
import { formatPath, type Path } from './path.ts';
import type { Mistake } from './problems.ts';
import { itemsAt, type YamlNode } from './yaml-tree.ts';

/** What the rules about more than one value share. They look at the tree, so that they also speak where another value is wrong. */
export interface Survey {
  readonly root: YamlNode;
  readonly hosts: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  /** Hosts by the name of a host (itself) or of a group. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  readonly mistakes: Mistake[];
}

/** Comparing each of many thousand wrong names with many thousand right ones takes minutes, and nobody reads that far. */
const suggestedMistakes = 200;

export const reportUnknown = (survey: Survey, offset: number, what: string, name: string, known: Iterable<string>) => {
  const hint = survey.mistakes.length < suggestedMistakes ? didYouMean(name, known) : '';
  survey.mistakes.push({ offset, message: `${what} ${JSON.stringify(name)}${hint}` });
};

/** Each item of the list at a path must be one of `known`. */
export const checkReferences = (survey: Survey, path: Path, known: ReadonlySet<string>, what: string): void => {
  for (const [index, item] of itemsAt(survey.root, path).entries()) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string' || known.has(item.value)) continue;
    reportUnknown(survey, item.offset, `${formatPath([...path, index])}: there is no ${what}`, item.value, known);
  }
};
