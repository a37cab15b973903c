import { expect, test } from 'vitest';
import { exempts, isDirect } from '../../src/core/no-proxy.ts';

test.each<[string, string, boolean]>([
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.1.0.0/16', '10.0.0.0/8', false],
  ['10.0.0.0/8', '10.1.0.0/16', true],
  ['192.168.1.7', '192.168.1.7', true],
  ['192.168.1.0/25', '192.168.1.200', false],
  ['fd00::/8', 'fd12:3456::1', true],
  ['fe80::/10', 'fd00::1', false],
  ['::/0', 'fd00::1', true],
  ['0.0.0.0/0', 'fd00::1', false],
  ['.example.com', '10.0.0.1', false],
  ['300.0.0.0/8', '10.0.0.1', false],
])('%s covers %s: %s', (entry, address, expected) => {
  expect(exempts([entry], address)).toBe(expected);
});

test.each([
  ['.example.com', 'mirror.example.com', true],
  ['*.example.com', 'mirror.EXAMPLE.com', true],
  ['example.com', 'mirror.example.com', true],
  ['mirror.example.com', 'mirror.example.com', true],
  ['ample.com', 'example.com', false],
  ['10.0.0.0/8', '10.0.0.7', true],
  ['*', 'anything', true],
])('by %s %s is reached directly: %s', (entry, host, expected) => {
  expect(isDirect([entry], host)).toBe(expected);
});
