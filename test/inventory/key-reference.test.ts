import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inventoryJsonSchema } from '../../src/inventory/json-schema.ts';
import { keyReference, withKeyReference } from '../../src/inventory/key-reference.ts';

const document = readFileSync(new URL('../../docs/inventory.md', import.meta.url), 'utf8');

describe('docs/inventory.md', () => {
  it('lists the keys as they are now (else: npm run docs)', () => expect(withKeyReference(document)).toBe(document));

  it('has a line for each setting', () => {
    const { ssh, runtime } = inventoryJsonSchema().$defs ?? {};
    const keys = [
      ...Object.keys(ssh?.properties ?? {}).map(key => `ssh.${key}`),
      ...Object.keys(runtime?.properties ?? {}).map(key => `runtime.${key}`),
    ];
    expect(keys.length).toBeGreaterThan(10);
    for (const key of keys) expect(keyReference()).toContain(`| \`${key}\` |`);
  });

  it('refuses a document without a place for the keys', () => {
    expect(() => withKeyReference('# nothing')).toThrow('the document has no place for the keys');
  });
});
