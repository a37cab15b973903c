import {
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import { describePath, type Path } from './path.ts';
import type { Mistake } from './problems.ts';
import { scalarValue } from './scalar-value.ts';
import { isSecretContext } from './secret-context.ts';
import type { MappingEntry, YamlNode } from './yaml-tree.ts';

export interface Tree {
  /** undefined: there is nothing to validate (empty, not YAML, too large). */
  readonly root: YamlNode | undefined;
  readonly problems: readonly Mistake[];
}

/** A file of a kilobyte can mean billions of values ('billion laughs'). A thousand hosts are about 20 000. */
const maxValues = 500_000;
const maxMergedKeys = 100_000;
const maxDepth = 50;

/** Text without byte order mark → tree. Bad text is a problem, never an exception. */
export const parseTree = (text: string, lineOf: (offset: number) => number): Tree => {
  const events = eventsOf(text);
  if (!Array.isArray(events)) return { root: undefined, problems: [events] };
  const { root, problems } = compose(text, events, lineOf);
  if (root === undefined || root.size <= maxValues) return { root, problems };
  return {
    root: undefined,
    problems: [{ offset: 0, message: `holds more than ${maxValues} values (aliases counted)` }],
  };
};

const eventsOf = (text: string): Event[] | Mistake => {
  try {
    return parseEvents(text, { maxDepth });
  } catch (error) {
    // js-yaml documents that other exceptions must be expected too; whatever it is, the text could not be read as YAML.
    if (!(error instanceof YAMLException)) return { offset: 0, message: 'is not valid YAML' };
    return { offset: error.mark?.position ?? 0, message: `not valid YAML: ${error.reason}` };
  }
};

const compose = (text: string, events: readonly Event[], lineOf: (offset: number) => number): Tree => {
  const problems: Mistake[] = [];
  const anchors = new Map<string, YamlNode | 'open'>();
  let next = 0;
  let mergedKeys = 0;

  const report = (offset: number, message: string): void => {
    problems.push({ offset, message });
  };

  const document = (): YamlNode | undefined => {
    const documents = events.filter(event => event.type === EVENT_ID.DOCUMENT).length;
    if (documents === 0) return undefined;
    next = 1;
    const root = node([], 0);
    if (documents > 1) report(startOf(events[next + 2]) ?? text.length, 'a second YAML document; an inventory is one');
    return root;
  };

  /** `fallback`: the place of what has no text of its own, such as the value of `key:`. */
  const node = (path: Path, fallback: number): YamlNode => {
    const event = events[next++];
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT)
      return emptyNode(fallback);
    if (event.type === EVENT_ID.ALIAS)
      return aliased(text.slice(event.anchorStart, event.anchorEnd), event.anchorStart - 1);
    const anchor = event.anchorStart < 0 ? undefined : text.slice(event.anchorStart, event.anchorEnd);
    if (anchor !== undefined) anchors.set(anchor, 'open');
    const composed = content(event, path, fallback);
    if (anchor !== undefined) anchors.set(anchor, composed);
    return composed;
  };

  const content = (event: Exclude<Event, { type: 1 | 5 | 6 }>, path: Path, fallback: number): YamlNode => {
    const tag = event.tagStart < 0 ? undefined : text.slice(event.tagStart, event.tagEnd);
    const offset = startOf(event) ?? fallback;
    const expected = { [EVENT_ID.SCALAR]: '!!str', [EVENT_ID.MAPPING]: '!!map', [EVENT_ID.SEQUENCE]: '!!seq' }[
      event.type
    ];
    if (tag !== undefined && tag !== expected) report(event.tagStart, `the tag ${tag} is not known here; leave it out`);
    if (event.type === EVENT_ID.SCALAR) return scalar(event, offset, tag !== undefined);
    return event.type === EVENT_ID.MAPPING ? mapping(offset, path) : sequence(offset, path);
  };

  const scalar = (event: ScalarEvent, offset: number, tagged: boolean): YamlNode => {
    const written = event.valueStart < 0 ? '' : getScalarValue(text, event);
    const isText = tagged || event.style !== SCALAR_STYLE.PLAIN;
    return { kind: 'scalar', offset, size: 1, text: written, value: isText ? written : scalarValue(written) };
  };

  const sequence = (offset: number, path: Path): YamlNode => {
    const items: YamlNode[] = [];
    while (!atEnd()) items.push(node([...path, items.length], offset));
    next++;
    return { kind: 'sequence', offset, items, size: items.reduce((sum, item) => sum + item.size, 1) };
  };

  const mapping = (offset: number, path: Path): YamlNode => {
    const entries = new Map<string, MappingEntry>();
    const merges: YamlNode[] = [];
    while (!atEnd()) {
      const isMerge = isMergeKey(events[next], text);
      const key = node(path, offset);
      const name = key.kind === 'scalar' ? key.text : undefined;
      const value = node(name === undefined ? path : [...path, name], key.offset);
      if (isMerge) merges.push(value);
      else if (name === undefined) report(key.offset, 'a key must be a word; found a mapping or a list');
      else add(entries, path, name, { keyOffset: key.offset, value });
    }
    next++;
    for (const source of merges) merge(entries, source);
    return {
      kind: 'mapping',
      offset,
      entries,
      size: [...entries.values()].reduce((sum, entry) => sum + entry.value.size, 1),
    };
  };

  const add = (entries: Map<string, MappingEntry>, path: Path, name: string, entry: MappingEntry): void => {
    const first = entries.get(name);
    const what = isSecretContext(path) ? `a key under ${describePath(path)}` : describePath([...path, name]);
    if (name === '__proto__') report(entry.keyOffset, `${what} is not a name that can be used`);
    else if (first === undefined) entries.set(name, entry);
    else report(entry.keyOffset, `${what} is defined twice (first at line ${lineOf(first.keyOffset)})`);
  };

  /** `<<`: keys of the mapping itself win, then those of the earlier source. */
  const merge = (entries: Map<string, MappingEntry>, source: YamlNode): void => {
    const sources = source.kind === 'sequence' ? source.items : [source];
    for (const from of sources) {
      if (from.kind !== 'mapping') {
        report(from.offset, 'the value of << must be a mapping or a list of mappings');
        continue;
      }
      mergedKeys += from.entries.size + 1;
      if (mergedKeys > maxMergedKeys) return;
      for (const [name, entry] of from.entries) if (!entries.has(name)) entries.set(name, entry);
    }
  };

  const aliased = (name: string, offset: number): YamlNode => {
    const target = anchors.get(name);
    if (target !== undefined && target !== 'open') return target;
    report(
      offset,
      target === 'open'
        ? `*${name} stands inside what it repeats`
        : `*${name} repeats nothing: there is no &${name} before it`,
    );
    return emptyNode(offset);
  };

  const atEnd = (): boolean => events[next] === undefined || events[next]?.type === EVENT_ID.POP;

  const root = document();
  if (mergedKeys > maxMergedKeys) report(0, `merges more than ${maxMergedKeys} keys with <<`);
  return { root, problems };
};

const emptyNode = (offset: number): YamlNode => ({ kind: 'scalar', offset, size: 1, text: '', value: null });

const isMergeKey = (event: Event | undefined, text: string): boolean =>
  event?.type === EVENT_ID.SCALAR &&
  event.style === SCALAR_STYLE.PLAIN &&
  event.valueStart >= 0 &&
  getScalarValue(text, event) === '<<';

/** Where people see it start: at the opening quote, not behind it; in a block (`|`, `>`) at the first word. */
const startOf = (event: Event | undefined): number | undefined => {
  if (event === undefined) return undefined;
  if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) return event.start;
  if (event.type !== EVENT_ID.SCALAR || event.valueStart < 0) return undefined;
  const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  if (isQuoted) return event.valueStart - 1;
  return event.style === SCALAR_STYLE.PLAIN ? event.valueStart : event.valueStart + Math.max(0, event.indent);
};
