import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldHosts } from '../../src/report/fold-hosts.ts';
import { edged, keyed, textWidth, wrap } from '../../src/report/layout.ts';

describe('textWidth', () => {
  it.each([
    ['abc', 3],
    ['漢字', 4],
    ['e\u0301', 1],
    ['👍', 2],
    ['\u001b[31mred\u001b[39m', 3],
  ])('%s is %i', (text, width) => expect(textWidth(text)).toBe(width));
});

describe('wrap', () => {
  it('breaks at spaces and keeps what must be copied in one piece', () => {
    expect(wrap('see https://example.org/a/very/long/path for more', 12)).toEqual([
      'see',
      'https://example.org/a/very/long/path',
      'for more',
    ]);
  });

  it('loses no word and breaks no line that could have fitted', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 60 }), (given, width) => {
        const lines = wrap(given.join(' '), width);
        expect(lines.join(' ')).toBe(given.join(' '));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('edged', () => {
  it('puts the word at the right edge', () => {
    expect(edged('  x ', 'swap is on', 'swap-off', 40 + 20)).toEqual([`  x swap is on${' '.repeat(38)}swap-off`]);
  });

  it('wraps the text beside the word', () => {
    const lines = edged('  x ', 'one two three four five six seven eight nine ten', 'an-id', 60);
    expect(lines[0]).toMatch(/ {2}an-id$/);
    expect(lines.every(line => line.length <= 60)).toBe(true);
  });

  it('gives the word a line of its own on a narrow terminal', () => {
    const lines = edged('  x ', 'cgroup driver of containerd is cgroupfs', 'cgroup-driver', 40);
    expect(lines.at(-1)).toBe('cgroup-driver'.padStart(40));
    expect(lines.every(line => line.length <= 40)).toBe(true);
  });
});

describe('keyed', () => {
  it('wraps the text in its own column', () => {
    expect(keyed('remedy', 'swapoff -a, and drop it from /etc/fstab', 6, 9, 40)).toEqual([
      '      remedy   swapoff -a, and drop it',
      '               from /etc/fstab',
    ]);
  });
});

describe('foldHosts', () => {
  const names = (count: number, name = (index: number) => `worker-${index + 1}`) =>
    Array.from({ length: count }, (_, index) => name(index));

  it.each<[string, readonly string[], string]>([
    ['one', ['a'], 'a'],
    ['two that follow', ['w-1', 'w-2'], 'w-1, w-2'],
    ['forty that follow', names(40), 'worker-1 … worker-40'],
    ['a gap', ['w-1', 'w-2', 'w-3', 'w-5'], 'w-1 … w-3, w-5'],
    ['padded', ['n08', 'n09', 'n10', 'n11'], 'n08 … n11'],
    ['padding that differs', ['n9', 'n010', 'n011'], 'n9, n010, n011'],
    ['number in the middle', ['n1.lan', 'n2.lan', 'n3.lan'], 'n1.lan … n3.lan'],
    ['out of order', ['w-3', 'w-2', 'w-1'], 'w-3, w-2, w-1'],
    ['no numbers', ['db', 'web', 'cache'], 'db, web, cache'],
    [
      'too many to list',
      names(20, index => `host-${index * 2}`),
      'host-0, host-2, host-4, host-6, host-8, host-10, host-12, host-14 and 12 more',
    ],
  ])('%s', (_name, given, shown) => expect(foldHosts(given)).toBe(shown));
});
