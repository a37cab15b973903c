import type { Event, ScalarEvent } from 'js-yaml';
import { jsYaml } from '../core/lazy-yaml.ts';

/** Offsets in the text, `end` exclusive. Of a collection: its first character, and the end of the last value inside it. */
interface Place {
  readonly start: number;
  readonly end: number;
}

export interface YamlMapping extends Place {
  readonly kind: 'mapping';
  readonly flow: boolean;
  readonly entries: readonly YamlEntry[];
}

export interface YamlEntry {
  readonly name: string;
  readonly key: Place;
  readonly value: YamlNode;
}

export type YamlNode =
  | YamlMapping
  /** `empty`: nothing is written; both offsets are the end of its key. */
  | (Place & { readonly kind: 'scalar' | 'alias' | 'block' | 'empty'; readonly quote: '"' | "'" | '' })
  | (Place & { readonly kind: 'sequence' });

const maxDepth = 50;

/** Where everything of the first document stands. Throws what the parser throws. */
export const composeNode = (text: string): YamlNode => {
  const events = jsYaml().parseEvents(text, { maxDepth });
  let next = 1;

  const node = (fallback: number): YamlNode => {
    const event = events[next++];
    switch (event?.type) {
      case jsYaml().EVENT_ID.SCALAR:
        return scalar(event, fallback);
      case jsYaml().EVENT_ID.ALIAS:
        return { kind: 'alias', start: event.anchorStart - 1, end: event.anchorEnd, quote: '' };
      case jsYaml().EVENT_ID.MAPPING:
        return mapping(event.start, event.style === jsYaml().COLLECTION_STYLE.FLOW);
      case jsYaml().EVENT_ID.SEQUENCE:
        return sequence(event.start);
      default:
        return { kind: 'empty', start: fallback, end: fallback, quote: '' };
    }
  };

  const mapping = (start: number, flow: boolean): YamlMapping => {
    const entries: YamlEntry[] = [];
    while (!atEnd(events[next])) {
      const first = events[next];
      const key = node(start);
      const name = first?.type === jsYaml().EVENT_ID.SCALAR ? scalarText(text, first) : '';
      entries.push({ name, key: { start: key.start, end: key.end }, value: node(key.end) });
    }
    next++;
    return { kind: 'mapping', start, end: entries.at(-1)?.value.end ?? start + 1, flow, entries };
  };

  const sequence = (start: number): YamlNode => {
    let end = start + 1;
    while (!atEnd(events[next])) end = node(end).end;
    next++;
    return { kind: 'sequence', start, end };
  };

  return node(0);
};

const atEnd = (event: Event | undefined): boolean => event === undefined || event.type === jsYaml().EVENT_ID.POP;

const scalarText = (text: string, event: ScalarEvent): string =>
  event.valueStart < 0 ? '' : jsYaml().getScalarValue(text, event);

const scalar = ({ style, valueStart, valueEnd }: ScalarEvent, fallback: number): YamlNode => {
  if (valueStart < 0) return { kind: 'empty', start: fallback, end: fallback, quote: '' };
  switch (style) {
    case jsYaml().SCALAR_STYLE.PLAIN:
      return { kind: 'scalar', start: valueStart, end: valueEnd, quote: '' };
    case jsYaml().SCALAR_STYLE.DOUBLE_QUOTED:
      return { kind: 'scalar', start: valueStart - 1, end: valueEnd + 1, quote: '"' };
    case jsYaml().SCALAR_STYLE.SINGLE_QUOTED:
      return { kind: 'scalar', start: valueStart - 1, end: valueEnd + 1, quote: "'" };
    default:
      return { kind: 'block', start: valueStart, end: valueEnd, quote: '' };
  }
};
