import { expect, test } from 'vitest';
import { dockerFlags, keyOfFlag } from '../../src/facts/docker-flags.ts';

const flags = (line: string): readonly string[] =>
  dockerFlags(line.split(' ').map((text, index) => ({ text, place: `unit:${index}` }))).map(
    ({ name, value, place }) => `${name}=${value} ${place}`,
  );

test.each([
  ['dockerd -H fd:// --containerd=/run/c.sock', ['host=fd:// unit:1', 'containerd=/run/c.sock unit:3']],
  ['dockerd -Hfd:// -D -l=warn', ['host=fd:// unit:1', 'debug=true unit:2', 'log-level=warn unit:3']],
  ['dockerd --live-restore --exec-opt a=b', ['live-restore=true unit:1', 'exec-opt=a=b unit:2']],
  ['dockerd --iptables=false x', ['iptables=false unit:1']],
  ['dockerd --data-root', ['data-root= unit:1']],
])('%s', (line, expected) => {
  expect(flags(line)).toEqual(expected);
});

test('lists have other names in daemon.json', () => {
  expect(['host', 'exec-opt', 'insecure-registry', 'log-opt', 'debug'].map(keyOfFlag)).toEqual([
    'hosts',
    'exec-opts',
    'insecure-registries',
    'log-opts',
    'debug',
  ]);
});
