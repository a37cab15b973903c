import { expect, test } from 'vitest';
import { isSameSocket, socketPath } from '../../src/core/cri-endpoint.ts';

test.each([
  ['unix:///run/containerd/containerd.sock', '/run/containerd/containerd.sock'],
  ['unix:///var/run/containerd/containerd.sock', '/run/containerd/containerd.sock'],
  ['unix:/run/x.sock', '/run/x.sock'],
  ['/var/run//crio/crio.sock', '/run/crio/crio.sock'],
  ['unix:////run/x.sock', '/run/x.sock'],
  ['/var/runner/x.sock', '/var/runner/x.sock'],
  ['tcp://127.0.0.1:1', undefined],
  ['', undefined],
  ['run/x.sock', undefined],
])('%s is %s', (endpoint, path) => expect(socketPath(endpoint)).toBe(path));

test('what is no socket is the same as nothing', () => {
  expect(isSameSocket('unix:///var/run/x.sock', '/run/x.sock')).toBe(true);
  expect(isSameSocket('/run/x.sock', '/run/y.sock')).toBe(false);
  expect(isSameSocket('tcp://x', 'tcp://x')).toBe(false);
});
