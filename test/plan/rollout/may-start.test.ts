import { expect, test } from 'vitest';
import { whyNotStart } from '../../../src/plan/rollout/may-start.ts';
import { controlPlane, node, withReady } from '../drain/cluster.ts';

const cordoned = (name: string) => node(name, { unschedulable: true });
const asked = (batch: readonly string[], nodes: Parameters<typeof whyNotStart>[0]['nodes'], count = 1) =>
  whyNotStart({ batch, nodes, maxUnavailable: { kind: 'count', count } });

test.each([
  ['all are there', ['a'], [node('a'), node('b')], 1, undefined],
  [
    'a node failed meanwhile',
    ['a'],
    [node('a'), cordoned('b')],
    1,
    'only 1 worker may be out of service at once, and b is cordoned',
  ],
  ['and there is room for two', ['a'], [node('a'), cordoned('b')], 2, undefined],
  [
    'a batch of two beside it',
    ['a', 'c'],
    [node('a'), node('c'), withReady(node('b'), 'Unknown')],
    2,
    'only 2 workers may be out of service at once, and b is not Ready',
  ],
  ['a batch of broken ones costs nothing', ['a'], [cordoned('a'), cordoned('b')], 1, undefined],
  [
    'a control plane is away',
    ['cp-1'],
    [controlPlane('cp-1'), withReady(controlPlane('cp-2'), 'False'), node('a')],
    5,
    'only 1 control plane may be out of service at once, and cp-2 is not Ready',
  ],
  ['a worker is away', ['cp-1'], [controlPlane('cp-1'), cordoned('a')], 1, undefined],
])('%s', (_, batch, nodes, count, reason) => expect(asked(batch, nodes, count)).toBe(reason));
