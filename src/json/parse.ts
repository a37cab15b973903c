export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A value with where it stands: offsets of its first character and of the one after its last. */
export interface JsonNode {
  readonly start: number;
  readonly end: number;
  readonly members?: readonly { readonly key: string; readonly start: number; readonly node: JsonNode }[];
  readonly items?: readonly JsonNode[];
}

export interface JsonDocument {
  /** As given, with its byte order mark and line ends. */
  readonly text: string;
  readonly root: JsonNode;
  readonly value: JsonValue;
}

export interface JsonProblem {
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
}

export type ParsedJson =
  | { readonly ok: true; readonly document: JsonDocument }
  | { readonly ok: false; readonly problem: JsonProblem };

const byteOrderMark = '\uFEFF';
const maxDepth = 100;

class Misfit extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Places come from here, values from `JSON.parse`: both must agree that it is JSON. */
export const parseJson = (text: string): ParsedJson => {
  try {
    const root = readDocument(text);
    return { ok: true, document: { text, root, value: JSON.parse(text.slice(root.start, root.end)) as JsonValue } };
  } catch (error) {
    if (error instanceof Misfit) return { ok: false, problem: { ...placeOf(text, error.at), message: error.message } };
    if (error instanceof SyntaxError) return { ok: false, problem: { line: 1, column: 1, message: 'not JSON' } };
    throw error;
  }
};

const placeOf = (text: string, at: number): { line: number; column: number } => {
  const before = text.slice(0, at).replace(byteOrderMark, '').split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
};

const readDocument = (text: string): JsonNode => {
  const root = readValue(text, blanks(text, text.startsWith(byteOrderMark) ? 1 : 0), 0);
  const rest = blanks(text, root.end);
  if (rest < text.length) throw new Misfit(rest, 'something follows the end of the value');
  return root;
};

const blanks = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1;
  return at;
};

const readValue = (text: string, start: number, depth: number): JsonNode => {
  if (depth > maxDepth) throw new Misfit(start, `nested more than ${maxDepth} deep`);
  switch (text.charAt(start)) {
    case '{':
      return readObject(text, start, depth);
    case '[':
      return readArray(text, start, depth);
    case '"':
      return { start, end: readString(text, start) };
    default: {
      const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.+-])/y;
      scalar.lastIndex = start;
      if (!scalar.test(text)) throw new Misfit(start, `a value is expected here, found ${found(text, start)}`);
      return { start, end: scalar.lastIndex };
    }
  }
};

const readString = (text: string, start: number): number => {
  const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
  string.lastIndex = start;
  if (!string.test(text)) throw new Misfit(start, 'this text does not end on its line, or has a wrong escape');
  return string.lastIndex;
};

const readObject = (text: string, start: number, depth: number): JsonNode => {
  const members: { key: string; start: number; node: JsonNode }[] = [];
  let at = blanks(text, start + 1);
  if (text.charAt(at) === '}') return { start, end: at + 1, members };
  for (;;) {
    if (text.charAt(at) !== '"')
      throw new Misfit(at, `a key in double quotes is expected here, found ${found(text, at)}`);
    const end = readString(text, at);
    const colon = expect(text, blanks(text, end), ':');
    const node = readValue(text, blanks(text, colon), depth + 1);
    members.push({ key: JSON.parse(text.slice(at, end)) as string, start: at, node });
    const next = blanks(text, node.end);
    if (text.charAt(next) === '}') return { start, end: next + 1, members };
    at = blanks(text, expect(text, next, ',', '}'));
  }
};

const readArray = (text: string, start: number, depth: number): JsonNode => {
  const items: JsonNode[] = [];
  let at = blanks(text, start + 1);
  if (text.charAt(at) === ']') return { start, end: at + 1, items };
  for (;;) {
    const node = readValue(text, at, depth + 1);
    items.push(node);
    const next = blanks(text, node.end);
    if (text.charAt(next) === ']') return { start, end: next + 1, items };
    at = blanks(text, expect(text, next, ',', ']'));
  }
};

const expect = (text: string, at: number, ...wanted: readonly [string, ...string[]]): number => {
  if (text.charAt(at) !== wanted[0]) {
    throw new Misfit(
      at,
      `${wanted.map(sign => `\`${sign}\``).join(' or ')} is expected here, found ${found(text, at)}`,
    );
  }
  return at + 1;
};

/** One character only: the file may hold secrets. */
const found = (text: string, at: number): string => (at >= text.length ? 'the end' : JSON.stringify(text.charAt(at)));
