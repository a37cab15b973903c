import { describe, expect, test } from 'vitest';
import { editToml, type TomlEdit } from '../../src/toml/edit.ts';

const set = (path: readonly string[], value: boolean | string): TomlEdit => ({ kind: 'set', path, value });
const remove = (...items: readonly string[]): TomlEdit => ({ kind: 'remove-items', path: ['disabled'], items });

const edited = (text: string, ...edits: readonly TomlEdit[]): string => {
  const result = editToml(text, edits);
  return result.ok ? result.text : `problem: ${result.problem}`;
};

describe('editToml sets a value', () => {
  test.each<[string, string, string]>([
    ['in place, comment kept', '[a.b]\n  c = false # why\n', '[a.b]\n  c = true # why\n'],
    [
      'below the last entry of its section, indented alike',
      '[a.b]\n\tx = 1\n[z]\n',
      '[a.b]\n\tx = 1\n\tc = true\n[z]\n',
    ],
    [
      'in a section without entries',
      '[a.b]\n# none yet\n[z]\n  y = 1\n',
      '[a.b]\n  c = true\n# none yet\n[z]\n  y = 1\n',
    ],
    ['in a new section after its parent', '[a]\nx = 1\n[z]\n', '[a]\nx = 1\n\n[a.b]\n  c = true\n[z]\n'],
    ['in a new section spelled like its relative', "[a.'b'.k]\nx = 1\n", "[a.'b'.k]\nx = 1\n\n[a.'b']\n  c = true\n"],
    ['beside dotted keys', 'a.b.x = 1 # d\nz = 2\n', 'a.b.x = 1 # d\na.b.c = true\nz = 2\n'],
    ['beside dotted keys of a section', '[a]\n  "b".x = 1\n', '[a]\n  "b".x = 1\n  "b".c = true\n'],
    ['in an inline table', 'a = { b = { x = 1 } } # d\n', 'a = { b = { x = 1, c = true } } # d\n'],
    ['in an empty inline table', 'a = {}\n', 'a = { b = { c = true } }\n'],
    ['in an inline table with dotted keys', 'a = { b.x = 1 }\n', 'a = { b.x = 1, b.c = true }\n'],
    ['in a file that ends without a line end', '[a.b]\nx = 1', '[a.b]\nx = 1\nc = true\n'],
    ['with the line ends of the file', '[a.b]\r\nx = 1\r\n', '[a.b]\r\nx = 1\r\nc = true\r\n'],
    ['behind a byte order mark', '\uFEFF[a.b]\nc = false\n', '\uFEFF[a.b]\nc = true\n'],
    ['in an empty file', '', '[a.b]\n  c = true\n'],
    ['in a file of comments', '# mine\n', '# mine\n\n[a.b]\n  c = true\n'],
  ])('%s', (_, before, after) => {
    expect(edited(before, set(['a', 'b', 'c'], true))).toBe(after);
  });

  test('at the root: after the last root entry, else first', () => {
    expect(edited('x = 1\n[a]\n', set(['v'], 'q"'))).toBe('x = 1\nv = "q\\""\n[a]\n');
    expect(edited('[a]\n', set(['v'], 'q'))).toBe('v = "q"\n[a]\n');
    expect(edited('# file\n\n[a]\n', set(['v'], 'q'))).toBe('# file\nv = "q"\n\n[a]\n');
    expect(edited('# about a\n[a]\n', set(['v'], 'q'))).toBe('v = "q"\n# about a\n[a]\n');
  });

  test('that is already there: not a byte moves', () => {
    const text = 'a . b . c   =   true';
    expect(edited(text, set(['a', 'b', 'c'], true))).toBe(text);
  });

  test.each<[string, string, RegExp]>([
    ['through a scalar', 'a = 1\n', /cannot be set/],
    ['through an array of tables', '[[a]]\nb = 1\n', /cannot be set/],
    ['in text that is not TOML', 'a = \n', /^problem: line/],
    ['in text that defines a table twice', '[a]\n[a]\n', /^problem: line 2/],
  ])('not %s', (_, before, problem) => {
    expect(edited(before, set(['a', 'b'], true))).toMatch(problem);
  });
});

describe('editToml removes array items', () => {
  test.each<[string, string, string]>([
    ['the only one', 'disabled = ["x"] # c\n', 'disabled = [] # c\n'],
    ['the first', "disabled = ['x', 'a']\n", "disabled = ['a']\n"],
    ['the last', 'disabled = ["a", "x"]\n', 'disabled = ["a"]\n'],
    ['one between', 'disabled = ["a", "x", "b"]\n', 'disabled = ["a", "b"]\n'],
    ['several', 'disabled = ["x", "a", "x"]\n', 'disabled = ["a"]\n'],
    ['on its own line', 'disabled = [\n  "a",\n  "x",\n]\n', 'disabled = [\n  "a",\n]\n'],
    ['on its own line with a comment', 'disabled = [\n  "x", # why\n  "a",\n]\n', 'disabled = [\n  # why\n  "a",\n]\n'],
    [
      'last after a comment',
      'disabled = [\n  "a", # keep\n  "x" # why\n]\n',
      'disabled = [\n  "a", # keep\n  # why\n]\n',
    ],
    ['with a comma on the next line', 'disabled = ["x" # c\n, "a"]\n', 'disabled = [ # c\n "a"]\n'],
    ['none', 'disabled = ["a"]\n', 'disabled = ["a"]\n'],
    ['none, no array', 'other = 1\n', 'other = 1\n'],
  ])('%s', (_, before, after) => {
    expect(edited(before, remove('x'))).toBe(after);
  });

  test('not from something that is no array', () => {
    expect(edited('disabled = "x"\n', remove('x'))).toMatch(/^problem/);
  });
});

describe('editToml removes a table or a value', () => {
  test.each<[string, string, string]>([
    [
      'a section and those below it',
      '[a]\nx = 1\n\n[a.b]\ny = 1\n[a.b."c.d"]\nz = [1,\n 2]\n[e]\n',
      '[a]\nx = 1\n[e]\n',
    ],
    [
      'comments of it stay',
      '# above\n[a.b] # head\n  # in\n  y = 1 # end\n[e]\n',
      '# above\n # head\n  # in\n   # end\n[e]\n',
    ],
    ['comments inside a value too', '[a.b]\ny = [ # one\n  1,\n]\n[e]\n', '# one\n[e]\n'],
    ['dotted keys', 'a.b.x = 1\na.b.y = 2\na.c = 3\n', 'a.c = 3\n'],
    ['the first of an inline table', 'a = { b = { x = 1 }, c = 2 }\n', 'a = { c = 2 }\n'],
    ['the last of an inline table', 'a = { c = 2, b.x = 1 }\n', 'a = { c = 2 }\n'],
    ['tables of an array', '[[a.b]]\nx = 1\n[[a.b]]\nx = 2\n[c]\n', '[c]\n'],
    ['line ends of Windows', '[a]\r\nx = 1\r\n\r\n[a.b]\r\ny = 1\r\n', '[a]\r\nx = 1\r\n'],
    ['what is not there', '[a]\nx = 1\n', '[a]\nx = 1\n'],
  ])('%s', (_, before, after) => {
    expect(edited(before, { kind: 'remove', path: ['a', 'b'] })).toBe(after);
  });
});
