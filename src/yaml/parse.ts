import type { YAMLException } from 'js-yaml';
import { jsYaml } from '../core/lazy-yaml.ts';
import { composeNode, type YamlMapping } from './compose.ts';

export type YamlValue = string | number | boolean | null | readonly YamlValue[] | YamlMap;
export interface YamlMap {
  readonly [key: string]: YamlValue;
}

export interface YamlDocument {
  /** As given, with its byte order mark and line ends. */
  readonly text: string;
  /** Where keys and values stand, counted from after the byte order mark; undefined for a text of comments only. */
  readonly root: YamlMapping | undefined;
  readonly value: YamlMap;
}

export type ParsedYaml =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly problem: string };

export const byteOrderMark = '\uFEFF';

export const withoutMark = (text: string): string => (text.startsWith(byteOrderMark) ? text.slice(1) : text);

/** One document that is a mapping, each key once. A text without any value is an empty mapping. */
export const parseYaml = (text: string): ParsedYaml => {
  const body = withoutMark(text);
  if (isBlank(body)) return { ok: true, document: { text, root: undefined, value: {} } };
  try {
    const value: unknown = jsYaml().load(body);
    const root = composeNode(body);
    if (!isMap(value) || root.kind !== 'mapping') return { ok: false, problem: 'the document is not a mapping' };
    return { ok: true, document: { text, root, value } };
  } catch (error) {
    // js-yaml documents that other exceptions must be expected too; whatever it is, the text could not be read as YAML.
    return { ok: false, problem: error instanceof jsYaml().YAMLException ? placed(error) : 'is not valid YAML' };
  }
};

const isBlank = (body: string): boolean => /^(?:[ \t]*(?:#.*)?(?:\r?\n|$))*$/.test(body);

const placed = ({ reason, mark }: YAMLException): string =>
  mark === undefined ? reason : `line ${mark.line + 1}: ${reason}`;

export const isMap = (value: unknown): value is YamlMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path, undefined where any part is missing. */
export const yamlValueAt = (value: YamlValue | undefined, path: readonly string[]): YamlValue | undefined =>
  path.reduce<YamlValue | undefined>(
    (found, key) => (isMap(found) && Object.hasOwn(found, key) ? found[key] : undefined),
    value,
  );
