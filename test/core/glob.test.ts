import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compileGlob, isGlob } from '../../src/core/glob.ts';

describe('compileGlob', () => {
  it.each<[pattern: string, path: string, matches: boolean]>([
    ['/etc/*.conf', '/etc/a.conf', true],
    ['/etc/*.conf', '/etc/.conf', false],
    ['/etc/*.conf', '/etc/.a.conf', false],
    ['/etc/.*.conf', '/etc/.a.conf', true],
    ['/etc/*.conf', '/etc/d/a.conf', false],
    ['/etc/*/*.conf', '/etc/d/a.conf', true],
    ['/etc/*', '/etc/', true],
    ['/a', '/a', true],
    ['/a', '/A', false],
    ['*a*b*', 'xxaxxabxx', true],
    ['*a*b*', 'xxbxxa', false],
    ['a**c', 'ac', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a?c', 'a/c', false],
    ['?bc', '.bc', false],
    ['[ab]c', 'bc', true],
    ['[!ab]c', 'bc', false],
    ['[^ab]c', 'xc', true],
    ['[a-c1-3]', '2', true],
    ['[c-a]', 'b', false],
    ['[]a]', ']', true],
    ['[!]a]', ']', false],
    ['[a-]', '-', true],
    ['[.]a', '.a', false],
    ['[', '[', true],
    ['[a', '[a', true],
    ['[]', '[]', true],
    ['[!]', '[!]', true],
    ['[!]', 'x', false],
    ['a[/]b', 'a[/]b', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['a\\', 'a\\', true],
    ['a.b+(c)|{d}$', 'a.b+(c)|{d}$', true],
    ['a.b', 'axb', false],
    ['', '', true],
    ['*', 'line\nbreak', true],
  ])('%j and %j: %j', (pattern, path, matches) => {
    expect(compileGlob(pattern)(path)).toBe(matches);
  });

  it('finds every path by itself with its special characters escaped, and by a star for any part of a name', () => {
    const name = fc.string({ minLength: 1 }).filter(text => !/^\.|\//.test(text));
    const escaped = (text: string): string => text.replace(/[*?[\\]/g, '\\$&');
    fc.assert(
      fc.property(name, fc.nat(), fc.nat(), (text, one, other) => {
        const [from = 0, to = 0] = [one, other].map(at => at % (text.length + 1)).toSorted((a, b) => a - b);
        expect(compileGlob(escaped(text))(text)).toBe(true);
        expect(compileGlob(`${escaped(text.slice(0, from))}*${escaped(text.slice(to))}`)(text)).toBe(true);
      }),
    );
  });

  it('throws at no pattern', () => {
    const odd = fc.string({ unit: fc.constantFrom(...'*?[]!^-\\/.ab') });
    fc.assert(
      fc.property(odd, odd, (pattern, path) => {
        expect(typeof compileGlob(pattern)(path)).toBe('boolean');
      }),
    );
  });

  it('comes to an end with a pattern that was made to have none', () => {
    expect(compileGlob(`${'*a'.repeat(1000)}*b`)('a'.repeat(4000))).toBe(false);
  });
});

test('isGlob knows all three special characters', () => {
  expect(['*', '?', '[', 'a', '\\'].map(isGlob)).toEqual([true, true, true, false, false]);
});
