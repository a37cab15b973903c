import { expect, test } from 'vitest';
import { sandboxRuns } from '../../../src/checks/proof/sandbox-runs.ts';
import { desiredNode } from '../../desired.ts';

const judge = (proof: Parameters<typeof sandboxRuns.evaluate>[0]) => sandboxRuns.evaluate(proof, desiredNode());

test('a sandbox that ran is told with its cgroup', () =>
  expect(judge({ outcome: 'ran', cgroup: '/system.slice/a.scope' })).toEqual({
    status: 'pass',
    observed: '/system.slice/a.scope',
  }));

test('one that could not be tried is skipped with the reason', () =>
  expect(judge({ outcome: 'skipped', reason: 'no image' })).toEqual({
    status: 'skip',
    reason: 'no sandbox was started: no image',
  }));

test('one that failed is a failure in its own words', () =>
  expect(judge({ outcome: 'failed', reason: 'a pod sandbox does not start: no runc' })).toMatchObject({
    status: 'fail',
    message: 'a pod sandbox does not start: no runc',
    expected: expect.stringMatching(/pause:.* driver systemd$/),
  }));
