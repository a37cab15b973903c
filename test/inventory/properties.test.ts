import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/inventory/parse.ts';
import { InventoryError } from '../../src/inventory/problems.ts';
import { mergeSettings } from '../../src/inventory/resolve.ts';
import { designExample } from './design-example.ts';
import { options } from './problems-of.ts';

/** Parses and says whether the text is good; anything but an InventoryError fails the property. */
const parses = (text: string): boolean => {
  try {
    parseInventory(text, 'i.yaml', options);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(InventoryError);
    if (!(error instanceof InventoryError)) return false;
    const lines = text.split(/\r\n|\n|\r/).length;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { line = 0, column = 0 } of error.problems) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(line).toBeLessThanOrEqual(lines);
      expect(column).toBeGreaterThanOrEqual(1);
    }
    return false;
  }
};

const fragment = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ':',
    '- ',
    '&a ',
    '*a',
    '<<: ',
    '!!str ',
    '|\n',
    '"',
    "'",
    '#',
    '\n',
    '\t',
    '~',
    '---\n',
    '\r',
    '\u0000',
    '__proto__: ',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

describe('any text', () => {
  it('is an inventory or a list of problems inside the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => void parses(text)),
      { numRuns: 500 },
    );
  });

  it('also a good inventory with something cut out and put in', () => {
    const place = fc.nat({ max: designExample.length });
    const edits = fc.array(fc.tuple(place, fc.nat({ max: 30 }), fragment), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, changes => {
        const text = changes.reduce(
          (before, [at, cut, put]) => before.slice(0, at) + put + before.slice(at + cut),
          designExample,
        );
        parses(text);
      }),
      { numRuns: 500 },
    );
  });

  it('also values of any shape where settings belong', () => {
    const word = fc.constantFrom(
      'hosts',
      'groups',
      'defaults',
      'waivers',
      'ssh',
      'sudo',
      'password',
      'env',
      'address',
      'runtime',
      'cluster',
      'via',
      'a',
    );
    const { value } = fc.letrec(tie => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue({ maxDepth: 0 }),
        word,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(word, tie('value'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(value, data => void parses(JSON.stringify(data))),
      { numRuns: 400 },
    );
  });
});

describe('secrets', () => {
  it('are never repeated, wherever a password stands', () => {
    const secret = fc.stringMatching(/^hunter[a-z0-9]{6,12}$/);
    const where = fc.constantFrom(
      (value: string) => `{ sudo: { password: ${value} } }`,
      (value: string) => `{ sudo: ${value} }`,
      (value: string) => `{ sudo: [${value}] }`,
      (value: string) => `{ sudo: { ${value}: } }`,
      (value: string) => `{ sudo: { passwort: ${value} } }`,
      (value: string) => `{ ssh: { password: ${value}, passphrase: [${value}] } }`,
      (value: string) => `{ sudo: { password: { ${value}: ${value} } } }`,
      (value: string) => `{ sudo: { password: { command: ${value} } } }`,
      (value: string) => `{ sudo: { password: "${value} } }`,
    );
    fc.assert(
      fc.property(secret, where, (value, place) => {
        const text = `defaults: ${place(value)}\nhosts: { a: { address: b } }\n`;
        try {
          parseInventory(text, 'i.yaml', options);
          expect.unreachable();
        } catch (error) {
          expect(String(error)).not.toContain(value);
        }
      }),
    );
  });
});

describe('layers', () => {
  const settings = fc.record(
    {
      ssh: fc.record({ user: fc.constantFrom('u', 'v'), port: fc.integer({ min: 1, max: 3 }) }, { requiredKeys: [] }),
      runtime: fc.record(
        { name: fc.constantFrom('containerd' as const, 'cri-o' as const), version: fc.constantFrom('1', '2') },
        { requiredKeys: [] },
      ),
      swap: fc.constantFrom('off' as const, 'keep' as const),
    },
    { requiredKeys: [] },
  );

  it('give each setting the last value that a layer gives', () => {
    fc.assert(
      fc.property(fc.array(settings, { maxLength: 5 }), layers => {
        const merged = layers.reduce(mergeSettings, {});
        expect(merged.swap).toBe(layers.findLast(layer => layer.swap !== undefined)?.swap);
        expect(merged.ssh?.user).toBe(layers.findLast(layer => layer.ssh?.user !== undefined)?.ssh?.user);
        expect(merged.ssh?.port).toBe(layers.findLast(layer => layer.ssh?.port !== undefined)?.ssh?.port);
        expect(merged.runtime?.name).toBe(layers.findLast(layer => layer.runtime?.name !== undefined)?.runtime?.name);
      }),
    );
  });
});
