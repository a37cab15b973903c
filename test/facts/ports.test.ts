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

test('listening sockets as ss tells them, with processes where they were asked for', () => {
  const listening = answer(
    [
      'LISTEN 0      128          0.0.0.0:22         0.0.0.0:*',
      'LISTEN 0      4096               *:10250            *:*    users:(("kubelet",pid=812,fd=20))',
      'LISTEN 0      4096   127.0.0.53%lo:53         0.0.0.0:*    users:(("systemd-resolve",pid=1,fd=2),("x",pid=2,fd=3))',
      'LISTEN 0      4096     [fe80::1]%eth0:546         [::]:*',
      'LISTEN 0      50     [::ffff:127.0.0.1]:63342        *:*',
    ].join('\n'),
  );
  expect(knownValue(ports.parse({ listening }, asRoot))).toEqual([
    { port: 22, address: '0.0.0.0', process: undefined },
    { port: 10_250, address: '::', process: 'kubelet' },
    { port: 53, address: '127.0.0.53', process: 'systemd-resolve' },
    { port: 546, address: 'fe80::1', process: undefined },
    { port: 63_342, address: '127.0.0.1', process: undefined },
  ]);
});

test('listening sockets as /proc/net/tcp tells them; connections are none', () => {
  const listening = answer(
    [
      '   0: 0100007F:2808 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0',
      '   1: 00000000000000000000000000000000:280A 00000000000000000000000000000000:0000 0A 00000000:00000000 00:0 0 0 0 2 1',
      '   2: 0100007F:0050 0100007F:9C40 01 00000000:00000000 00:00000000 00000000 0 0 3 1',
    ].join('\n'),
  );
  expect(knownValue(ports.parse({ listening }, asRoot))).toEqual([
    { port: 10_248, address: '127.0.0.1', process: undefined },
    { port: 10_250, address: '::', process: undefined },
  ]);
});

test('no /proc/net is unknown, not no ports', () => {
  expect(() => ports.parse({ listening: answer('', 3) }, asRoot)).toThrow('/proc/net/tcp');
});
