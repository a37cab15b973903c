import { expect, test } from 'vitest';
import { defaultHostSettings } from '../../src/apply/programs.ts';
import type { HandlerName } from '../../src/core/desired.ts';
import { proofMs } from '../../src/cri/prove-sandbox.ts';

const lookMs = 60_000;
const others: readonly HandlerName[] = ['crun', 'runsc', 'kata'];

test.each([0, 1, 2, 3])('a host waits for a slow look at it and a proof by %i further handlers', count => {
  const handlers = others.slice(0, count);
  expect(lookMs + proofMs({ handlers })).toBeLessThan(defaultHostSettings.holdSeconds * 1_000);
});

test('a further handler has time of its own', () => {
  expect(proofMs({ handlers: ['runsc'] })).toBeGreaterThan(proofMs({}));
});
