import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { milliOf } from '../../../src/plan/drain/quantity.ts';
import { requestsOf } from '../../../src/plan/drain/requests.ts';
import { pod } from './cluster.ts';

describe('quantities', () => {
  test.each([
    ['2', 2000],
    ['1500m', 1500],
    ['0.1', 100],
    ['.5', 500],
    ['100u', 1],
    ['1Ki', 1_024_000],
    ['2041Mi', 2041 * 2 ** 20 * 1000],
    ['1k', 1_000_000],
    ['1e3', 1_000_000],
    ['12E2', 1_200_000],
    ['1E', 1e21],
    ['0', 0],
  ])('%s', (text, milli) => expect(milliOf(text)).toBe(milli));

  test.each(['', '1 Gi', '1gi', 'x', '--1'])('%j is none', text => expect(milliOf(text)).toBeNaN());

  test('thousandths are whole', () => {
    fc.assert(fc.property(fc.nat(1_000_000), milli => milliOf(String(milli / 1000)) === milli));
  });
});

describe('what the scheduler reserves', () => {
  test('containers and sidecars together, or the hungriest moment of the start, and overhead', () => {
    const cpu = (cpu: string) => ({ resources: { requests: { cpu } } });
    const { metadata, status } = pod('shop/a');
    expect(
      requestsOf({
        metadata,
        status,
        spec: {
          containers: [
            { name: 'a', ...cpu('500m') },
            { name: 'b', resources: { requests: { memory: '1Ki' } } },
          ],
          initContainers: [
            { name: 'proxy', restartPolicy: 'Always', ...cpu('100m') },
            { name: 'migrate', ...cpu('2') },
          ],
          overhead: { cpu: '250m' },
        },
      }),
    ).toEqual({ cpu: 2350, memory: 1_024_000, pods: 1000 });
  });
});
