import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareRpmVersions } from '../../src/core/rpm-versions.ts';

describe('versions of rpm packages', () => {
  // Of rpm's own tests/rpmvercmp.at.
  test.each([
    ['1.0', '1.0', 0],
    ['1.0', '2.0', -1],
    ['2.0.1', '2.0', 1],
    ['2.0', '2.0.1', -1],
    ['2.0.1a', '2.0.1a', 0],
    ['2.0.1a', '2.0.1', 1],
    ['5.5p1', '5.5p2', -1],
    ['5.5p1', '5.5p10', -1],
    ['10xyz', '10.1xyz', -1],
    ['xyz10', 'xyz10.1', -1],
    ['xyz.4', '8', -1],
    ['xyz.4', '2', -1],
    ['5.5p2', '5.6p1', -1],
    ['6.0.rc1', '6.0', 1],
    ['10b2', '10a1', 1],
    ['1.0aa', '1.0a', 1],
    ['10.0001', '10.0039', -1],
    ['10.0001', '10.1', 0],
    ['4.999.9', '5.0', -1],
    ['20101121', '20101122', -1],
    ['2_0', '2.0', 0],
    ['a', 'a+', 0],
    ['a+', 'a_', 0],
    ['+', '_', 0],
    ['1.0~rc1', '1.0', -1],
    ['1.0~rc1', '1.0arc1', -1],
    ['1.0~rc1~git123', '1.0~rc1', -1],
    ['1.0^', '1.0', 1],
    ['1.0^git1', '1.0^git2', -1],
    ['1.0^git1', '1.01', -1],
    ['1.0^20160101', '1.0.1', -1],
    ['1.0^20160101^git1', '1.0^20160102', -1],
    ['1.0~rc1^git1', '1.0~rc1', 1],
    ['1.0^git1~pre', '1.0^git1', -1],
  ])('%s and %s', (left, right, order) => {
    expect(compareRpmVersions(left, right)).toBe(order);
    expect(compareRpmVersions(right, left)).toBe(order === 0 ? 0 : -order);
  });

  test.each([
    ['1.7.24-3.1.el9', '1.7.24-3.2.el9', -1],
    ['3:27.3.1-1.el9', '28.0.1-1.el9', 1],
    ['1.7.24', '1.7.24-3.1.el9', 0],
    ['0:1.7.24-1', '1.7.24-1', 0],
    ['1.7.9-1.el9', '1.7.10-1.el9', -1],
  ])('with epoch and release: %s and %s', (left, right, order) => {
    expect(compareRpmVersions(left, right)).toBe(order);
  });

  const segment = fc.oneof(fc.nat({ max: 120 }).map(String), fc.constantFrom('a', 'b', 'rc', 'el'));
  const version = fc
    .array(fc.tuple(segment, fc.constantFrom('.', '~', '^', '_', '')), { minLength: 1, maxLength: 5 })
    .map(parts => parts.flat().join(''));

  test('is an order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compareRpmVersions(a, a)).toBe(0);
        expect(compareRpmVersions(a, b)).toBe(0 - compareRpmVersions(b, a) || 0);
        if (compareRpmVersions(a, b) <= 0 && compareRpmVersions(b, c) <= 0) {
          expect(compareRpmVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  test('a tilde is before, a caret after, and a further number after that', () => {
    fc.assert(
      fc.property(version, a => {
        expect(compareRpmVersions(`${a}~1`, a)).toBe(-1);
        expect(compareRpmVersions(`${a}^1`, a)).toBe(1);
        expect(compareRpmVersions(`${a}.1`, `${a}^1`)).toBe(1);
      }),
    );
  });
});
