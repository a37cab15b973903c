import { describe, expect, it } from 'vitest';
import type { RolloutWindow } from '../../../src/core/rollout-settings.ts';
import { weekdays } from '../../../src/core/rollout-settings.ts';
import { isOpen, windowWords } from '../../../src/plan/rollout/window.ts';

const night: RolloutWindow = { days: ['fri', 'sun'], fromMinute: 22 * 60, toMinute: 4 * 60, timezone: 'UTC' };
const noon: RolloutWindow = { days: [...weekdays], fromMinute: 11 * 60, toMinute: 13 * 60, timezone: 'Europe/Berlin' };

describe('the window', () => {
  // 2026-11-20 is a Friday.
  it.each([
    [night, '2026-11-20T21:59:00Z', false],
    [night, '2026-11-20T22:00:00Z', true],
    [night, '2026-11-21T03:59:00Z', true],
    [night, '2026-11-21T04:00:00Z', false],
    [night, '2026-11-21T22:30:00Z', false],
    [night, '2026-11-22T22:30:00Z', true],
    [night, '2026-11-23T03:00:00Z', true],
    [night, '2026-11-20T03:00:00Z', false],
    [noon, '2026-11-20T10:00:00Z', true],
    [noon, '2026-11-20T09:59:00Z', false],
    [noon, '2026-07-20T09:00:00Z', true],
  ] as const)('%j at %s: %s', (window, at, open) => expect(isOpen(window, new Date(at))).toBe(open));

  it('in words', () => {
    expect(windowWords(night)).toBe('fri, sun 22:00 to 04:00 UTC');
    expect(windowWords(noon)).toBe('every day 11:00 to 13:00 Europe/Berlin');
  });
});
