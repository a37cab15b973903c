import { describe, expect, it } from 'vitest';
import { NodeprepError } from '../../src/core/errors.ts';
import { limitHosts } from '../../src/inventory/limit.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import { sourceOf } from '../../src/inventory/source.ts';
import { targetsToFile } from '../../src/inventory/targets.ts';
import { options } from './problems-of.ts';

const messageOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof NodeprepError && error.code === 'usage') return error.message;
    throw error;
  }
  throw new Error('accepted');
};

describe('the words after a command', () => {
  it.each([
    [[], { kind: 'this-machine' }],
    [['-'], { kind: 'standard-input' }],
    [['inventory.yaml'], { kind: 'file', path: 'inventory.yaml' }],
    [['missing.yml'], { kind: 'file', path: 'missing.yml' }],
    [['./hosts'], { kind: 'file', path: './hosts' }],
    [['known'], { kind: 'file', path: 'known' }],
    [['web-1'], { kind: 'targets', targets: ['web-1'] }],
    [['ops@a', 'ops@b:2222'], { kind: 'targets', targets: ['ops@a', 'ops@b:2222'] }],
  ])('%j', (words, source) => expect(sourceOf(words, path => path === 'known')).toEqual(source));

  it.each([[['a', 'inventory.yaml']], [['-', 'a']]])('%j cannot be told', words => {
    expect(messageOf(() => sourceOf(words, () => false))).toMatch(/^(inventory\.yaml|-) is an inventory/);
  });
});

describe('targets', () => {
  it.each([
    ['web-1', 'web-1', 'web-1', undefined, undefined],
    ['ops@10.0.0.1', '10.0.0.1', '10.0.0.1', 'ops', undefined],
    ['ops@10.0.0.1:22', '10.0.0.1', '10.0.0.1', 'ops', 22],
    ['10.0.0.1:2222', '10.0.0.1:2222', '10.0.0.1', undefined, 2222],
    ['ops@[fd00::1]', 'fd00::1', 'fd00::1', 'ops', undefined],
    ['[fd00::1]:2222', '[fd00::1]:2222', 'fd00::1', undefined, 2222],
    ['[fe80::1%eth0]:2222', '[fe80::1%eth0]:2222', 'fe80::1%eth0', undefined, 2222],
    ['me@corp.example@host', 'host', 'host', 'me@corp.example', undefined],
  ])('%s', (text, name, address, user, port) => {
    expect(targetsToFile([text])).toEqual({ hosts: { [name]: { address, ssh: { user, port } } } });
  });

  it.each([
    ['fd00::1', 'fd00::1: an IPv6 address stands in brackets, as a port may follow'],
    ['a:0', 'a:0: the port must be a number from 1 to 65535'],
    ['a:ssh', 'a:ssh: the port must be a number from 1 to 65535'],
    ['@a', '@a: the part before @ is no user name'],
    ['-oProxyCommand=x@a', '-oProxyCommand=x@a: the part before @ is no user name'],
    ['-a', '-a: this is no IP address or host name'],
    ['[10.0.0.1]', '[10.0.0.1]: this is no IP address or host name'],
    ['', ': this is no IP address or host name'],
    ['a\u001b[2J', 'a\\x1b[2J: this is no host'],
  ])('%j is refused', (text, message) => expect(messageOf(() => targetsToFile([text]))).toBe(message));

  it('are told of all at once, and only once each', () => {
    expect(messageOf(() => targetsToFile(['a', 'b:x', 'a', '-c']))).toBe(
      'b:x: the port must be a number from 1 to 65535\na is given twice\n-c: this is no IP address or host name',
    );
  });

  it('become hosts with every default', async () => {
    const inventory = await loadInventory(
      { kind: 'targets', targets: ['ops@a:2222', 'b'] },
      { currentUser: 'me', home: '/home/me' },
    );
    expect(
      inventory.hosts.map(({ name, address, port, ssh }) => [name, address, port, ssh.user, ssh.knownHosts]),
    ).toEqual([
      ['a:2222', 'a', 2222, 'ops', '/home/me/.ssh/known_hosts'],
      ['b', 'b', 22, 'me', '/home/me/.ssh/known_hosts'],
    ]);
  });

  it('without any, this machine', async () => {
    const { hosts } = await loadInventory({ kind: 'this-machine' });
    expect(hosts.map(({ name, address, connection }) => [name, address, connection])).toEqual([
      ['localhost', 'localhost', 'local'],
    ]);
  });
});

describe('--limit', () => {
  const inventory = parseInventory(
    `groups: { edge: {}, empty: {} }
hosts:
  c: { address: c }
  a: { address: a, groups: [edge] }
  b-1: { address: b }`,
    'i.yaml',
    options,
  );

  it.each([
    ['a', ['a']],
    ['edge', ['a']],
    ['b-1, c', ['c', 'b-1']],
    ['edge,a', ['a']],
    ['empty,c', ['c']],
  ])('%s', (limit, names) => expect(limitHosts(inventory, limit).hosts.map(({ name }) => name)).toEqual(names));

  it.each([
    ['b1', '--limit: there is no host or group b1; did you mean b-1?'],
    [
      'egde,nowhere',
      '--limit: there is no host or group egde; did you mean edge?\n--limit: there is no host or group nowhere',
    ],
    ['', '--limit has an empty name'],
    ['a,', '--limit has an empty name'],
    ['empty', '--limit empty: no host is in empty'],
  ])('%j is refused', (limit, message) => expect(messageOf(() => limitHosts(inventory, limit))).toBe(message));
});
