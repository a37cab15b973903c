import type * as z from 'zod';
import { escapeLine } from '../core/escape.ts';
import { isAddress } from './address.ts';
import type { JsonSchema } from './json-schema.ts';
import { schemaAt, suggestKey } from './known-keys.ts';
import { didYouMean } from './nearest.ts';
import { describePath, formatPath, type Path } from './path.ts';
import type { Mistake } from './problems.ts';
import { isSecretContext, looksSecret } from './secret-context.ts';
import { describeSecretIssue, isSecretReference } from './secret-issue.ts';
import { type Found, findAt, type ScalarNode, type YamlNode } from './yaml-tree.ts';

type Issue = z.core.$ZodIssue;

export interface MistakeAt extends Mistake {
  readonly path: Path;
}

/** What the validator says about a path, in words for people and with the place in the text. */
export const describeIssue = (issue: Issue, root: YamlNode, schema: JsonSchema): readonly MistakeAt[] => {
  const { path } = issue;
  if (isSecretReference(schema, path)) return describeSecretIssue(path, root).map(mistake => ({ ...mistake, path }));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({
      path: [...path, key],
      offset: findAt(root, [...path, key])?.keyOffset ?? root.offset,
      message: describeUnknownKey(schema, path, key),
    }));
  }
  const found = findAt(root, path);
  if (found === undefined) return [{ ...describeMissing(issue, root), path }];
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? 'another name';
    return [{ path, offset: found.keyOffset, message: `${describePath(path)}: the name must be ${expected}` }];
  }
  return [{ path, offset: found.node.offset, message: describeValue(issue, found, schema) }];
};

const describeUnknownKey = (schema: JsonSchema, path: Path, key: string): string => {
  // In `sudo: {hunter2}` the unknown key is the secret.
  const suggestion = suggestKey(schema, path, key);
  if (isSecretContext(path)) return `${formatPath(path)} has an unknown setting${suggestion}`;
  return `${formatPath([...path, key])} is not a setting${suggestion}`;
};

/** Told at the key of the nearest thing that is there. */
const describeMissing = (issue: Issue, root: YamlNode): Mistake => {
  const parent = findAt(root, issue.path.slice(0, -1));
  return {
    offset: parent?.keyOffset ?? root.offset,
    message: `${formatPath(issue.path)} is missing; it must be ${expectation(issue)}`,
  };
};

const describeValue = (issue: Issue, { node }: Found, schema: JsonSchema): string => {
  const name = issue.path.length === 0 ? 'an inventory' : formatPath(issue.path);
  const expected = expectation(issue);
  if (node.kind !== 'scalar') return `${name} must be ${expected}; found ${showFound(node, issue.path)}`;
  if (node.value === null && node.text === '') return `${name} has no value; it must be ${expected}`;
  if (issue.code === 'invalid_type' && issue.expected === 'string' && quotesHelp(node, schemaAt(schema, issue.path))) {
    return `${name} must be a string: write "${node.text}" (YAML reads ${node.text} as ${readAs(node)})`;
  }
  return `${name} must be ${expected}; found ${showFound(node, issue.path)}${suggestion(issue, node)}`;
};

const quotesHelp = (node: ScalarNode, schema: JsonSchema | undefined): boolean =>
  (typeof node.value === 'number' || typeof node.value === 'boolean') &&
  (schema?.pattern === undefined || new RegExp(schema.pattern, 'u').test(node.text));

/** `the number 1.3` for 1.30, where the number is not what was written. */
const readAs = ({ value, text }: ScalarNode): string => {
  const kind = typeof value === 'number' ? 'number' : 'truth value';
  return String(value) === text ? `a ${kind}` : `the ${kind} ${String(value)}`;
};

const suggestion = (issue: Issue, node: ScalarNode): string => {
  if (issue.code === 'invalid_value') return didYouMean(node.text, choices(issue.values));
  if (issue.code !== 'invalid_type' || isSecretContext(issue.path) || looksSecret(node.text)) return '';
  if (issue.expected === 'array' && /^[\w.-]+$/.test(node.text)) return `; write [${node.text}]`;
  const isHost = issue.path.length === 2 && issue.path[0] === 'hosts';
  return isHost && isAddress(node.text) ? `; write { address: ${JSON.stringify(node.text)} }` : '';
};

const expectation = (issue: Issue): string => {
  if (issue.code === 'invalid_value' && issue.values.length > 1) return `one of ${choices(issue.values).join(', ')}`;
  if (!issue.message.startsWith('Invalid input')) return issue.message;
  if (issue.code !== 'invalid_type') return 'something else';
  return (
    { object: 'a mapping', record: 'a mapping', array: 'a list', string: 'a string' }[String(issue.expected)] ??
    issue.expected
  );
};

const choices = (values: readonly unknown[]): readonly string[] => values.map(String);

const shownLength = 60;

const showFound = (node: YamlNode, path: Path): string => {
  if (node.kind === 'mapping') return 'a mapping';
  if (node.kind === 'sequence') return 'a list';
  if (node.value === null) return 'nothing';
  if (isSecretContext(path) || looksSecret(node.text)) return 'a value that is not shown';
  if (typeof node.value !== 'string') return node.text;
  return `"${escapeLine(node.text, shownLength)}"`;
};
