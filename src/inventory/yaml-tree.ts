import type { Path } from './path.ts';

/** A YAML value with the place of every key and value. Aliases and merge keys are already followed, so a node may sit in several places. */
export type YamlNode = ScalarNode | MappingNode | SequenceNode;

interface NodeBase {
  /** Into the text, in UTF-16 units. */
  readonly offset: number;
  /** This node and those below it, every use of an alias counted in full. */
  readonly size: number;
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As written, quotes and escapes resolved: `1.30` where `value` is 1.3. */
  readonly text: string;
}

export interface MappingNode extends NodeBase {
  readonly kind: 'mapping';
  readonly entries: ReadonlyMap<string, MappingEntry>;
}

export interface MappingEntry {
  readonly keyOffset: number;
  readonly value: YamlNode;
}

export interface SequenceNode extends NodeBase {
  readonly kind: 'sequence';
  readonly items: readonly YamlNode[];
}

/** What is at a path, and where its key is written (for list items: the item itself). */
export interface Found {
  readonly keyOffset: number;
  readonly node: YamlNode;
}

export const findAt = (root: YamlNode, path: Path): Found | undefined => {
  let found: Found | undefined = { keyOffset: root.offset, node: root };
  for (const step of path) {
    if (found === undefined) return undefined;
    found = childOf(found.node, step);
  }
  return found;
};

const childOf = (node: YamlNode, step: PropertyKey): Found | undefined => {
  if (node.kind === 'mapping') {
    const entry = node.entries.get(String(step));
    return entry === undefined ? undefined : { keyOffset: entry.keyOffset, node: entry.value };
  }
  const item = node.kind === 'sequence' ? node.items[Number(step)] : undefined;
  return item === undefined ? undefined : { keyOffset: item.offset, node: item };
};

/** Entries of the mapping at a path; none where there is something else. For rules that look at files that are wrong elsewhere too. */
export const entriesAt = (root: YamlNode, path: Path): readonly (readonly [string, MappingEntry])[] => {
  const node = findAt(root, path)?.node;
  return node?.kind === 'mapping' ? [...node.entries] : [];
};

export const itemsAt = (root: YamlNode, path: Path): readonly YamlNode[] => {
  const node = findAt(root, path)?.node;
  return node?.kind === 'sequence' ? node.items : [];
};

export const textAt = (root: YamlNode, path: Path): string | undefined => {
  const node = findAt(root, path)?.node;
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
};

export const booleanAt = (root: YamlNode, path: Path): boolean | undefined => {
  const node = findAt(root, path)?.node;
  return node?.kind === 'scalar' && typeof node.value === 'boolean' ? node.value : undefined;
};

/** Paths of what settles a host, in the order in which later ones win. */
export const layersOf = (root: YamlNode, host: string): readonly Path[] => {
  const groups = itemsAt(root, ['hosts', host, 'groups']).flatMap(item => (item.kind === 'scalar' ? [item.text] : []));
  return [['defaults'], ...groups.map(group => ['groups', group]), ['hosts', host]];
};

/** Plain data for the validator. Mappings have no prototype, so that a key is never anything but a key. */
export const toData = (node: YamlNode): unknown => {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'sequence') return node.items.map(toData);
  const data: Record<string, unknown> = Object.create(null);
  for (const [key, entry] of node.entries) data[key] = toData(entry.value);
  return data;
};
