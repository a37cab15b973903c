import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounded, escapeLine, escapeText } from '../../src/core/escape.ts';

const steering = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u;

describe('escapeLine', () => {
  it.each([
    ['colour', '\u001b[31mred', '\\x1b[31mred'],
    ['title of the window', '\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['C1 control sequence introducer', '\u009b2J', '\\x9b2J'],
    ['bidi override', 'a\u202eb', 'a\\u202eb'],
    ['bidi isolate', '\u2066x\u2069', '\\u2066x\\u2069'],
    ['zero width', 'ro\u200bot', 'ro\\u200bot'],
    ['line break', 'a\r\nb', 'a\\r\\nb'],
    ['tag characters', '\u{e0041}', '\\u{e0041}'],
    ['lone surrogate', 'a\ud800b', 'a\\ud800b'],
    ['ordinary text', 'Größe ✗ 漢字 👍', 'Größe ✗ 漢字 👍'],
  ])('%s', (_name, text, shown) => expect(escapeLine(text)).toBe(shown));

  it('leaves nothing that steers a terminal, and stays within the bound', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 80 }), (text, maxLength) => {
        const shown = escapeLine(text, maxLength);
        expect(shown).not.toMatch(steering);
        expect(shown.length).toBeLessThanOrEqual(maxLength);
      }),
    );
  });
});

describe('escapeText', () => {
  it('keeps line breaks and tabs, and nothing else', () => {
    expect(escapeText('a\r\n\tb\u001bc\rd')).toBe('a\n\tb\\x1bc\\rd');
  });
});

describe('bounded', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a👍b', 3, 'a…'],
  ])('%s in %i', (text, length, shown) => expect(bounded(text, length)).toBe(shown));
});
