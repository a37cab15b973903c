import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareVersions, isAtLeast, isSameLine, releaseLine } from '../../src/core/versions.ts';

describe('versions', () => {
  test.each([
    ['1.34', '1.34.0', 0],
    ['1.9', '1.10', -1],
    ['1.7.24~ds1-6+b4', '1.7.24', 0],
    ['5.14.0-570.el9.x86_64', '5.14', 0],
    ['v1.34.2', '1.34', 1],
    ['6.12.41+deb13-amd64', '6.1', 1],
  ])('%s against %s is %i', (left, right, order) => expect(compareVersions(left, right)).toBe(order));

  test('the floor itself is enough', () => {
    expect(isAtLeast('1.7.27', '1.7.28')).toBe(false);
    expect(isAtLeast('1.7.28', '1.7.28')).toBe(true);
    expect(isAtLeast('1.7.29', '1.7.28')).toBe(true);
  });

  test('orders by number, whatever the parts', () => {
    const part = fc.nat({ max: 9999 });
    fc.assert(
      fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (left, right) => {
        const different = left.map((value, index) => value - (right[index] ?? 0)).find(value => value !== 0) ?? 0;
        expect(compareVersions(left.join('.'), right.join('.'))).toBe(Math.sign(different) + 0);
      }),
    );
  });

  test('a line is the first two numbers', () => expect(releaseLine('2.1.9')).toBe('2.1'));

  test.each([
    ['26.1.5+dfsg1', '26.1.98', true],
    ['26.1.5', '26.2.0', false],
    ['dev', 'dev', false],
    ['26.1.5', '<unknown>', false],
    [undefined, '26.1.5', false],
  ])('%s and %s are of one line: %s', (left, right, same) => expect(isSameLine(left, right)).toBe(same));

  test('text without a number is refused', () =>
    expect(() => compareVersions('none', '1')).toThrow(/no version number in "none"/));
});
