import type { JsonSchema } from './json-schema.ts';
import { dereference, schemaAt } from './known-keys.ts';
import { nearest } from './nearest.ts';
import { formatPath, type Path } from './path.ts';
import type { Mistake } from './problems.ts';
import { findAt, type YamlNode } from './yaml-tree.ts';

export const secretForms = '{ env: NAME }, { file: PATH }, { command: [WORD, …] } or { prompt: true }';

const expectedByKey: Readonly<Record<string, string>> = {
  env: 'the name of an environment variable (letters, digits, _)',
  file: 'a path',
  command: 'a list of words, such as [pass, show, sudo]',
  prompt: 'true',
};

export const isSecretReference = (schema: JsonSchema, path: Path): boolean =>
  path.length > 0 && schemaAt(schema, path) === dereference(schema, { $ref: '#/$defs/secret' });

/** What is wrong with a reference to a secret, without a word of what stands there: it may be the secret. */
export const describeSecretIssue = (path: Path, root: YamlNode): readonly Mistake[] => {
  const name = formatPath(path);
  const found = findAt(root, path);
  if (found?.node.kind !== 'mapping') {
    return [{ offset: found?.node.offset ?? root.offset, message: `${name} must be one of ${secretForms}` }];
  }
  const { node } = found;
  const entries = [...node.entries];
  const unknown = entries.filter(([key]) => expectedByKey[key] === undefined);
  if (unknown.length > 0) {
    return unknown.map(([key, entry]) => ({
      offset: entry.keyOffset,
      message: `${name} has an unknown key${suggestion(key)}`,
    }));
  }
  const [first, second] = entries;
  if (first === undefined || second !== undefined) {
    return [{ offset: second?.[1].keyOffset ?? node.offset, message: `${name} must be exactly one of ${secretForms}` }];
  }
  const [key, { value }] = first;
  return [{ offset: value.offset, message: `${name}.${key} must be ${expectedByKey[key]}` }];
};

const suggestion = (typed: string): string => {
  const name = nearest(typed, Object.keys(expectedByKey));
  return name === undefined ? `; it must be one of ${secretForms}` : `; did you mean ${name}?`;
};
