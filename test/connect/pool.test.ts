import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapHosts } from '../../src/connect/pool.ts';

describe('mapHosts', () => {
  it('keeps the order and hides no result behind a failure', async () => {
    const results = await mapHosts(['a', 'b', 'c'], 2, async (name, index) => {
      if (name === 'b') throw new Error('b is down');
      return `${name}${index}`;
    });
    expect(results).toEqual([
      { status: 'fulfilled', value: 'a0' },
      { status: 'rejected', reason: new Error('b is down') },
      { status: 'fulfilled', value: 'c2' },
    ]);
  });

  it('takes a failure that is thrown before the first wait', async () => {
    const [result] = await mapHosts(['a'], 1, () => {
      throw new Error('at once');
    });
    expect(result?.status).toBe('rejected');
  });

  it('never has more at work than its width, and does every item once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(40), fc.integer({ min: -1, max: 50 }), async (count, width) => {
        let running = 0;
        let most = 0;
        const items = Array.from({ length: count }, (_, index) => index);
        const results = await mapHosts(items, width, async item => {
          most = Math.max(most, ++running);
          await new Promise(resolve => setImmediate(resolve));
          running--;
          return item;
        });
        expect(results.map(result => (result.status === 'fulfilled' ? result.value : -1))).toEqual(items);
        expect(most).toBeLessThanOrEqual(Math.max(1, width));
      }),
    );
  });
});
