import { expect, test } from 'vitest';
import { createApi } from '../../src/cluster/api.ts';
import { configzOf } from '../../src/cluster/configz.ts';
import type { KubectlAnswer } from '../../src/cluster/port.ts';
import { failed, fakeApi, refused } from './fake-api.ts';

const path = '/api/v1/nodes/w1/proxy/configz';
const answered = (value: unknown) => ({ code: 0, stdout: JSON.stringify(value), stderr: '' });

/** A user who may ask or not, and a kubelet that answers like this. */
const asking = (allowed: boolean, configz: KubectlAnswer) => {
  const port = fakeApi();
  port.answer = (_verb, at) => {
    if (at.endsWith('selfsubjectaccessreviews')) return answered({ status: { allowed } });
    return at === path ? configz : undefined;
  };
  return { ask: configzOf(createApi(port)), asked: port.asked };
};
const tells = answered({ kubeletconfig: { cgroupDriver: 'systemd', maxPods: 64 } });

test('a user who may ask learns the driver; the right is looked up once', async () => {
  const { ask, asked } = asking(true, tells);
  expect(await ask('w1')).toBe('systemd');
  expect(await ask('w1')).toBe('systemd');
  expect(asked.filter(words => words.includes('accessreviews'))).toHaveLength(1);
});

test('a user who may not ask asks no kubelet', async () => {
  const { ask, asked } = asking(false, tells);
  expect(await ask('w1')).toBeUndefined();
  expect(asked.some(words => words.includes(path))).toBe(false);
});

test.each([
  ['is not reached', failed('Error from server: dial tcp 10.0.0.1:10250: connect: connection refused\n')],
  ['refuses', refused('Forbidden', 'nodes "w1" is forbidden')],
  ['is not there', refused('NotFound', 'nodes "w1" not found')],
  ['says something else', answered({ kubeletconfig: {} })],
  ['does not speak JSON', { code: 0, stdout: '<html>', stderr: '' }],
])('a kubelet that %s gives no opinion, and is no reason to fail', async (_, answer) => {
  expect(await asking(true, answer).ask('w1')).toBeUndefined();
});
