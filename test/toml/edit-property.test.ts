import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editToml, merge, type TomlEdit } from '../../src/toml/edit.ts';
import { parseToml, valueAt } from '../../src/toml/parse.ts';
import { keyArbitrary, tomlArbitrary } from './arbitrary-toml.ts';

const editArbitrary: fc.Arbitrary<TomlEdit> = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    path: fc.array(keyArbitrary, { minLength: 1, maxLength: 4 }),
    value: fc.constantFrom(true, 'new "value"', ['x'] as const),
  }),
  fc.record({
    kind: fc.constant('remove-items' as const),
    path: fc.array(keyArbitrary, { minLength: 1, maxLength: 3 }),
    items: fc.constant(['p']),
  }),
);

const parsedValue = (text: string) => {
  const parsed = parseToml(text);
  if (!parsed.ok) throw new Error(`${JSON.stringify(text)}: ${parsed.problem.message}`);
  return parsed.document.value;
};

const commentsOf = (text: string): readonly string[] => {
  const parsed = parseToml(text);
  return parsed.ok ? parsed.document.tree.comments.map(({ value }) => value.trimEnd()) : [];
};

/** How many lines of `before` are not, in one piece at each end, lines of `after` too. */
const linesTouched = (before: readonly string[], after: readonly string[]): number => {
  const same = (left: readonly string[], right: readonly string[]): number => {
    const differs = left.findIndex((line, index) => line !== right[index]);
    return differs === -1 ? left.length : differs;
  };
  const head = same(before, after);
  return before.length - head - same(before.slice(head).reverse(), after.slice(head).reverse());
};

test('every edit that can be made in place is made: result = intended merge, all other lines as they were', () => {
  fc.assert(
    fc.property(tomlArbitrary, editArbitrary, (text, edit) => {
      const before = parsedValue(text);
      const intended = merge(before, edit);
      const result = editToml(text, [edit]);
      if (intended === undefined) {
        expect(result.ok).toBe(false);
        return;
      }
      // A comment inside the array that is replaced cannot survive, so the edit is refused.
      if (!result.ok && edit.kind === 'set' && Array.isArray(valueAt(before, edit.path))) return;
      if (!result.ok) throw new Error(`${result.problem}\n${text}`);
      expect(isDeepStrictEqual(parsedValue(result.text), intended)).toBe(true);
      if (isDeepStrictEqual(before, intended)) {
        expect(result.text).toBe(text);
        return;
      }
      const lines = text.split('\n').map(line => line.trimEnd());
      const after = result.text.split('\n').map(line => line.trimEnd());
      // A value that spans lines is the most that one edit may touch.
      expect(linesTouched(lines, after)).toBeLessThanOrEqual(3);
    }),
    { numRuns: 1500 },
  );
});

test('arbitrary text never throws', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '=', '[', ']', '"', '\n', '{', '}', '.', "'", ' ', '#', ',') }),
      text => {
        const result = editToml(text, [{ kind: 'set', path: ['a', 'b'], value: true }]);
        if (result.ok) parsedValue(result.text);
        else expect(result.problem).not.toBe('');
      },
    ),
    { numRuns: 1000 },
  );
});

const withoutEmptyTables = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(
        Object.entries(value)
          .map(([key, inner]) => [key, withoutEmptyTables(inner)] as const)
          .filter(([, inner]) => typeof inner !== 'object' || inner === null || Object.keys(inner).length > 0),
      );

test('what is removed is gone with all below it, and nothing else: every other value and every comment stays', () => {
  fc.assert(
    fc.property(tomlArbitrary, fc.array(keyArbitrary, { minLength: 1, maxLength: 3 }), (text, path) => {
      const before = parsedValue(text);
      const edit = { kind: 'remove', path } as const;
      const result = editToml(text, [edit]);
      // An inline table has no place for a comment that stood inside an array of it, so the edit is refused.
      if (!result.ok && /\{[\s\S]*# in/.test(text)) return;
      if (!result.ok) throw new Error(`${result.problem}\n${text}`);
      expect(valueAt(parsedValue(result.text), path)).toBeUndefined();
      expect(withoutEmptyTables(parsedValue(result.text))).toEqual(withoutEmptyTables(merge(before, edit)));
      expect(commentsOf(result.text)).toEqual(commentsOf(text));
    }),
    { numRuns: 1500 },
  );
});
