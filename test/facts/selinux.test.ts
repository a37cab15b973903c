import { expect, test } from 'vitest';
import { selinux } from '../../src/facts/selinux.ts';
import { asRoot, files, knownValue } from './answers.ts';

test.each([
  ['1', 'enforcing'],
  ['0', 'permissive'],
  [undefined, 'off'],
])('/sys/fs/selinux/enforce says %s', (text, mode) => {
  const enforce = files(text === undefined ? {} : { '/sys/fs/selinux/enforce': text });
  expect(knownValue(selinux.parse({ enforce }, asRoot))).toEqual({ mode });
});
