import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseToml } from '../../src/toml/parse.ts';
import { type Remap, remapToml } from '../../src/toml/remap.ts';
import { keyArbitrary, tomlArbitrary } from './arbitrary-toml.ts';

const treeOf = (text: string) => {
  const parsed = parseToml(text);
  return parsed.ok ? parsed.document.value : undefined;
};

/** `old.a` goes to `new.x.a`, `old.b` to `other.b`, the rest of `old` to `new`. */
const remap: Remap = path => {
  const [top, key, ...rest] = path;
  if (top !== 'old') return path;
  if (key === 'a') return ['new', 'x', 'a', ...rest];
  return key === 'b' ? ['other', 'b', ...rest] : ['new', ...path.slice(1)];
};

describe('keys that go elsewhere', () => {
  test.each([
    ['a header is spelled anew', '[old.t] # why\nk = 1\n', '[new.t] # why\nk = 1\n'],
    [
      'most keys of a section keep their lines, others leave with the comment of theirs',
      '[old]\n# above\nb = [\n  1, # one\n]\nc = 1 # c\nd = 2\n',
      '[new]\n# above\nc = 1 # c\nd = 2\n\n[other]\n  b = [\n  1, # one\n]\n',
    ],
    [
      'into the section that is there',
      '[other]\n  z = 1\n[old]\nb = 2\nc = 3\n',
      '[other]\n  z = 1\n  b = 2\n[new]\nc = 3\n',
    ],
    ['dotted keys', 'old.c = 1\nold.a.k = 2\n', 'new.c = 1\nnew.x.a.k = 2\n'],
    ['a whole inline table', 'old.a = { k = 1 } # in line\n', 'new.x.a = { k = 1 } # in line\n'],
    ['line ends of Windows', '[old]\r\nc = 1\r\nb = 2 # b\r\n', '[new]\r\nc = 1\r\n\r\n[other]\r\n  b = 2 # b\r\n'],
    ['nothing of it', '[kept]\nk = 1\n', '[kept]\nk = 1\n'],
  ])('%s', (_, text, expected) => {
    expect(remapToml(text, remap)).toEqual({ ok: true, text: expected, value: treeOf(expected) });
  });

  test.each([
    ['an inline table of which parts go to different places', 'old = { a = 1, b = 2 }\n'],
    ['a place that is taken', 'old.c = 1\nnew.c = 2\n'],
    ['an array of tables', '[[old.t]]\nk = 1\n'],
  ])('refused: %s', (_, text) => {
    expect(remapToml(text, remap)).toMatchObject({ ok: false, problem: expect.stringContaining('in place') });
  });
});

test('whatever the file, what comes out is the remapped tree, or it is refused; values and comments stay', () => {
  fc.assert(
    fc.property(tomlArbitrary, keyArbitrary, (text, name) => {
      const result = remapToml(text, ([top, ...rest]) =>
        top === name ? ['moved', 'to', name, ...rest] : [top ?? '', ...rest],
      );
      if (!result.ok) return;
      const before: Readonly<Record<string, unknown>> = treeOf(text) ?? {};
      const { [name]: moved, ...others } = before;
      const { moved: place, ...rest } = (treeOf(result.text) ?? {}) as Record<string, { to: Record<string, unknown> }>;
      expect(rest).toEqual(others);
      if (moved !== undefined && JSON.stringify(moved) !== '{}') expect(place?.to[name]).toEqual(moved);
    }),
  );
});
