import { expect, test } from 'vitest';
import { blockerWords, podNames, toldWords } from '../../../src/plan/drain/words.ts';

test.each([
  [['a'], 'a'],
  [['a', 'b', 'c', 'd'], 'a, b, c, d'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
])('%j', (pods, words) => expect(podNames(pods)).toBe(words));

test('a blocker is a reason with its remedy', () => {
  const blocker = {
    kind: 'bare-pods',
    pods: ['shop/a'],
    reason: 'nothing brings it back',
    remedy: 'Delete it',
  } as const;
  expect(blockerWords(blocker)).toBe('shop/a: nothing brings it back. Delete it.');
});

test('a budget names itself', () => {
  const reason = 'PodDisruptionBudget shop/cart allows 0 of 2 to go (minAvailable 2)';
  const blocker = { kind: 'budget', pods: ['shop/cart-1'], reason, remedy: 'Lower it' } as const;
  expect(blockerWords(blocker)).toBe(`${reason}. Lower it.`);
});

test('what else is told names its pods', () => {
  expect(toldWords({ pods: ['shop/a'], reason: 'no room' })).toBe('shop/a: no room');
});
