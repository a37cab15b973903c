import iarna from '@iarna/toml';
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';

export type TomlValue = string | number | bigint | boolean | readonly TomlValue[] | TomlTable;
export interface TomlTable {
  readonly [key: string]: TomlValue;
}

export interface TomlDocument {
  /** As given, with its byte order mark and line ends. */
  readonly text: string;
  /** Where every key and value stands; offsets count from after the byte order mark. */
  readonly tree: AST.TOMLProgram;
  readonly value: TomlTable;
}

export interface TomlProblem {
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
}

export type ParsedToml =
  | { readonly ok: true; readonly document: TomlDocument }
  | { readonly ok: false; readonly problem: TomlProblem };

export const byteOrderMark = '\uFEFF';

/**
 * Two parsers must agree that the text is TOML 1.0: one knows places, the other judges values.
 * @iarna/toml 3.0.0 takes the carriage return after a comment for a control character, so it sees plain line ends.
 */
export const parseToml = (text: string): ParsedToml => {
  const body = withoutMark(text);
  try {
    const tree = parseTOML(body, { tomlVersion: '1.0' });
    return { ok: true, document: { text, tree, value: plainTable(iarna.parse(body.replaceAll('\r\n', '\n'))) } };
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
};

export const withoutMark = (text: string): string => (text.startsWith(byteOrderMark) ? text.slice(1) : text);

const problemOf = (error: unknown): TomlProblem => {
  if (error instanceof ParseError) return { line: error.lineNumber, column: error.column + 1, message: error.message };
  if (isPlacedError(error)) return { line: error.line + 1, column: error.col + 1, message: firstLine(error.message) };
  throw error;
};

const isPlacedError = (error: unknown): error is Error & { readonly line: number; readonly col: number } =>
  error instanceof Error && 'line' in error && typeof error.line === 'number' && 'col' in error;

/** @iarna/toml appends the place and an excerpt, which could hold a secret. */
const firstLine = (message: string): string => message.split(/ at row |\n/)[0] ?? message;

/** Own plain objects, so that values compare by content; a date becomes its text. */
const plainTable = (table: object): TomlTable =>
  Object.fromEntries(Object.entries(table).map(([key, value]) => [key, plain(value)]));

const plain = (value: unknown): TomlValue => {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return `date ${value.toISOString()}`;
  if (typeof value === 'object' && value !== null) return plainTable(value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value;
  throw new Error(`TOML holds no ${typeof value}`);
};

export const isTable = (value: TomlValue | undefined): value is TomlTable =>
  typeof value === 'object' && !Array.isArray(value);

/** The value at a path, undefined where any part is missing. */
export const valueAt = (value: TomlValue | undefined, path: readonly string[]): TomlValue | undefined =>
  path.reduce<TomlValue | undefined>(
    (found, key) => (isTable(found) && Object.hasOwn(found, key) ? found[key] : undefined),
    value,
  );

export const tableAt = (value: TomlValue | undefined, path: readonly string[]): TomlTable | undefined => {
  const found = valueAt(value, path);
  return isTable(found) ? found : undefined;
};

export const withKey = (table: TomlTable, key: string, value: TomlValue): TomlTable =>
  Object.fromEntries([...Object.entries(table).filter(([own]) => own !== key), [key, value]]);

/** In the order of the file. */
export const commentsOf = ({ tree }: TomlDocument): readonly string[] =>
  tree.comments.map(({ value }) => value.trimEnd());
