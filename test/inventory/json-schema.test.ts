import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { inventoryJsonSchema as printedSchema } from '../../src/commands/schema.ts';
import { parseTree } from '../../src/inventory/compose.ts';
import { inventoryJsonSchema, type JsonSchema } from '../../src/inventory/json-schema.ts';
import { toData } from '../../src/inventory/yaml-tree.ts';
import { designExample } from './design-example.ts';

/** A second reading of the published schema: zod's own reader of JSON Schema, from the printed text. */
const published = z.fromJSONSchema(JSON.parse(printedSchema()));

const dataOf = (text: string): unknown => {
  const { root } = parseTree(text, () => 1);
  if (root === undefined) throw new Error('no YAML');
  return toData(root);
};

const schemasIn = (schema: JsonSchema): readonly JsonSchema[] => [
  schema,
  ...[
    ...Object.values(schema.$defs ?? {}),
    ...Object.values(schema.properties ?? {}),
    ...(schema.anyOf ?? []),
    ...(schema.items === undefined ? [] : [schema.items]),
    ...(schema.additionalProperties ? [schema.additionalProperties] : []),
  ].flatMap(schemasIn),
];

describe('the published JSON Schema', () => {
  it('is draft 2020-12, with a title', () => {
    expect(inventoryJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'nodeprep inventory',
      required: ['hosts'],
      additionalProperties: false,
    });
  });

  it.each([
    ['the example of the design', designExample],
    ['the example of the repository', readFileSync(new URL('../../inventory.example.yaml', import.meta.url), 'utf8')],
    ['the smallest inventory', 'hosts: { a: { address: b } }'],
    ['an extension key', 'hosts: { a: { connection: local } }\nx-notes: { any: thing }'],
    [
      'every form of secret',
      'hosts: { a: { address: b, ssh: { passphrase: { prompt: true } }, sudo: { password: { command: [pass] } } } }',
    ],
  ])('accepts %s', (_what, text) => expect(published.safeParse(dataOf(text)).error).toBeUndefined());

  it.each([
    ['no hosts', 'hosts: {}'],
    ['a version as a number', 'kubernetes: { version: 1.30 }\nhosts: { a: { address: b } }'],
    ['an unknown key', 'defaults: { swp: off }\nhosts: { a: { address: b } }'],
    ['an unknown word', 'defaults: { swap: on }\nhosts: { a: { address: b } }'],
    ['a bad port', 'hosts: { a: { address: b, ssh: { port: 0 } } }'],
    ['a secret in clear text', 'hosts: { a: { address: b, sudo: { password: hunter2 } } }'],
    ['a waiver without end', 'hosts: { a: { address: b } }\nwaivers: [{ check: c, owner: o, reason: r }]'],
  ])('refuses %s', (_what, text) => expect(published.safeParse(dataOf(text)).success).toBe(false));

  it('asks for an address unless the host is this machine', () => {
    expect(inventoryJsonSchema().properties?.hosts?.additionalProperties).toMatchObject({
      additionalProperties: false,
      anyOf: [{ required: ['address'] }, { required: ['connection'], properties: { connection: { const: 'local' } } }],
    });
  });

  it('describes every key and has patterns that other validators can read', () => {
    for (const schema of schemasIn(inventoryJsonSchema())) {
      if (schema.pattern !== undefined) expect(() => new RegExp(schema.pattern ?? '', 'u')).not.toThrow();
      for (const [key, property] of Object.entries(schema.properties ?? {})) {
        const isSecretForm = ['env', 'file', 'command', 'prompt'].includes(key);
        const isCondition = property.const !== undefined;
        expect([key, isSecretForm || isCondition || (property.description ?? property.$ref) !== undefined]).toEqual([
          key,
          true,
        ]);
      }
    }
  });
});
