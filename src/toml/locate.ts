import type { AST } from 'toml-eslint-parser';

export type Path = readonly (string | number)[];
export type Container = AST.TOMLTopLevelTable | AST.TOMLTable | AST.TOMLInlineTable;

/** One `key = value`, wherever it stands. */
export interface Entry {
  readonly path: Path;
  /** Path of the table that it stands in; longer `path` by more than one: a dotted key. */
  readonly base: Path;
  readonly container: Container;
  readonly node: AST.TOMLKeyValue;
}

/** One `[header]` with its own entries. */
export interface Section {
  readonly path: Path;
  readonly node: AST.TOMLTable;
}

export const entriesOf = (tree: AST.TOMLProgram): readonly Entry[] =>
  tree.body[0].body.flatMap(node =>
    node.type === 'TOMLTable'
      ? node.body.flatMap(inner => entryAndInner(inner, node.resolvedKey, node))
      : entryAndInner(node, [], tree.body[0]),
  );

const entryAndInner = (node: AST.TOMLKeyValue, base: Path, container: Container): readonly Entry[] => {
  const path = [...base, ...keyNames(node.key)];
  const { value } = node;
  const inner = value.type === 'TOMLInlineTable' ? value.body.flatMap(kv => entryAndInner(kv, path, value)) : [];
  return [{ path, base, container, node }, ...inner];
};

export const sectionsOf = (tree: AST.TOMLProgram): readonly Section[] =>
  tree.body[0].body.flatMap(node => (node.type === 'TOMLTable' ? [{ path: node.resolvedKey, node }] : []));

export const keyNames = (key: AST.TOMLKey): readonly string[] =>
  key.keys.map(part => (part.type === 'TOMLBare' ? part.name : part.value));

export const samePath = (left: Path, right: Path): boolean => left.length === right.length && isPrefix(left, right);

export const isPrefix = (prefix: Path, path: Path): boolean =>
  prefix.length <= path.length && prefix.every((key, index) => key === path[index]);

export const commonLength = (left: Path, right: Path): number => {
  const differs = left.findIndex((key, index) => key !== right[index]);
  return differs === -1 ? left.length : differs;
};

/** Of all candidates the last with the greatest score. */
export const lastBest = <T>(items: readonly T[], score: (item: T) => number): T | undefined =>
  items.reduce<T | undefined>(
    (best, item) => (best === undefined || score(item) >= score(best) ? item : best),
    undefined,
  );
