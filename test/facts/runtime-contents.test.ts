import { describe, expect, test } from 'vitest';
import { runtimeContents } from '../../src/facts/runtime-contents.ts';
import { answer, asRoot, knownValue } from './answers.ts';

const parse = (tasks: string, data = '') => runtimeContents.parse({ tasks: answer(tasks), data: answer(data) }, asRoot);

describe('runtimeContents', () => {
  test('tasks of others, and what lies where', () => {
    const data =
      'data /data/containerd 120340 7 containerd\ndata /var/lib/docker - 0\ndata /var/lib/containers 12 - crio\n';
    expect(knownValue(parse('task default site-db\ntask buildkit x1\n', data))).toEqual({
      tasks: [
        { namespace: 'default', id: 'site-db' },
        { namespace: 'buildkit', id: 'x1' },
      ],
      data: [
        { owner: 'containerd', path: '/data/containerd', kib: 120_340, images: 7 },
        { owner: 'docker', path: '/var/lib/docker', kib: null, images: 0 },
        { owner: 'crio', path: '/var/lib/containers', kib: 12, images: null },
      ],
    });
  });

  test('nothing there is known to be nothing', () => {
    expect(knownValue(parse(''))).toEqual({ tasks: [], data: [] });
  });

  test('what could not be looked into is unknown, never none', () => {
    expect(() => parse('hidden /run/containerd/io.containerd.runtime.v2.task\n')).toThrow(/io\.containerd\.runtime/);
    expect(() => runtimeContents.parse({ tasks: answer('', 1), data: answer('') }, asRoot)).toThrow(
      /could not be listed/,
    );
  });
});
