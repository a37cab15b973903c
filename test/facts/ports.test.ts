import { expect, test } from 'vitest';
import { decodeAddress, ports } from '../../src/facts/ports.ts';
import { answer, asRoot, knownValue } from './answers.ts';

test.each([
  ['0100007F', '127.0.0.1'],
  ['00000000', '0.0.0.0'],
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000001000000', '::1'],
  ['B80D0120000000000000000001000000', '2001:db8::1'],
  ['0000000000000000FFFF00000100007F', '127.0.0.1'],
])('%s is %s', (hex, address) => {
  expect(decodeAddress(hex)).toBe(address);
});

test('listening sockets with the process that ss names', () => {
  const listening = answer(
    [
      '   0: 0100007F:2808 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0',
      '   1: 00000000000000000000000000000000:280A 00000000000000000000000000000000:0000 0A 00000000:00000000 00:0 0 0 0 2 1',
      '   2: 0100007F:0050 0100007F:9C40 01 00000000:00000000 00:00000000 00000000 0 0 3 1',
      'LISTEN 0      4096         127.0.0.1:10248      0.0.0.0:*    users:(("kubelet",pid=812,fd=20))',
    ].join('\n'),
  );
  expect(knownValue(ports.parse({ listening }, asRoot))).toEqual([
    { port: 10_248, address: '127.0.0.1', process: 'kubelet' },
    { port: 10_250, address: '::', process: undefined },
  ]);
});

test('no /proc/net is unknown, not no ports', () => {
  expect(() => ports.parse({ listening: answer('', 3) }, asRoot)).toThrow('/proc/net/tcp');
});
