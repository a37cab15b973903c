import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/objects.ts';
import { known, unknown } from '../../src/core/observed.ts';
import { hostToMatch } from '../../src/plan/host-to-match.ts';
import { type HostToMatch, matchNodes, otherCluster } from '../../src/plan/match-nodes.ts';

const node = (name: string, machineID = '', ...addresses: readonly string[]): Node => ({
  metadata: { name, uid: `uid-${name}` },
  spec: {},
  status: {
    addresses: addresses.map(address => ({ type: 'InternalIP', address })),
    nodeInfo: { machineID, systemUUID: '', bootID: '', kubeletVersion: '', containerRuntimeVersion: '' },
  },
});

const host = (name: string, more: Partial<HostToMatch> = {}): HostToMatch => ({
  host: name,
  address: `${name}.example.com`,
  hostname: name,
  nodeName: undefined,
  machineId: undefined,
  joined: true,
  ...more,
});

const nodes = [node('a', 'm-a', '10.0.0.1'), node('b', 'm-b', '10.0.0.2')];

/** The Node's name, or the refusal. */
const outcomeOf = (one: HostToMatch, all: readonly Node[] = nodes): string | undefined => {
  const { nodes: matched, refusals } = matchNodes([one], all);
  return matched.get(one.host)?.metadata.name ?? refusals.get(one.host)?.message;
};

describe('a host is the Node', () => {
  it.each<[string, HostToMatch]>([
    ['of its hostname', host('x', { hostname: 'a' })],
    ['of its hostname in lower case', host('x', { hostname: 'A' })],
    ['of its name in the inventory', host('a', { hostname: 'ip-10-0-0-1' })],
    ["of its kubelet's name, whatever it is called", host('b', { hostname: 'b', nodeName: 'a', machineId: 'm-a' })],
    ['of its address', host('x', { hostname: 'y', address: '10.0.0.1' })],
    ['of its machine-id', host('x', { hostname: 'y', machineId: 'm-a' })],
    [
      'of its name, proved by its machine-id, where the address is that of another',
      host('a', { address: '10.0.0.2', machineId: 'm-a' }),
    ],
    ['of its name, where it may have joined or not', host('a', { joined: undefined })],
  ])('%s', (_what, one) => expect(outcomeOf(one)).toBe('a'));

  it.each<[string, HostToMatch, string]>([
    [
      'its name says another than its address',
      host('a', { address: '10.0.0.2' }),
      'its name (a) says Node a, its address (10.0.0.2) says Node b',
    ],
    [
      'its name says another than its machine-id',
      host('a', { machineId: 'm-b' }),
      'its name (a) says Node a, its machine-id (m-b) says Node b',
    ],
    [
      'its hostname says another than its name in the inventory',
      host('b', { hostname: 'a', machineId: 'm-a' }),
      'its name (a) says Node a, its name (b) says Node b',
    ],
    [
      'the Node of its name is another machine',
      host('a', { machineId: 'm-z' }),
      'its machine-id is m-z, that of the Node is m-a',
    ],
    [
      'the Node of its address is another machine',
      host('x', { address: '10.0.0.1', machineId: 'm-z' }),
      'x is another machine than Node a, which its address (10.0.0.1) says it is',
    ],
    [
      'it has joined and nobody knows it',
      host('x', { machineId: 'm-z' }),
      'none of the 2 Nodes of this one is it: by name (x), address (x.example.com) or machine-id',
    ],
  ])('but not where %s', (_what, one, message) => expect(outcomeOf(one)).toContain(message));

  it.each<[string, HostToMatch]>([
    ['it has not joined', host('a', { joined: false, machineId: 'm-a' })],
    ['nobody knows it, and nobody knows whether it has joined', host('x', { joined: undefined })],
    ['only the loopback address fits', host('x', { joined: undefined, address: '127.0.0.1' })],
  ])('nor where %s: it is fresh', (_what, one) => {
    expect(outcomeOf(one, [...nodes, node('lo', '', '127.0.0.1')])).toBeUndefined();
  });

  it('by its name where machines were cloned with their machine-id', () => {
    const clones = [node('a', 'same'), node('b', 'same')];
    expect(outcomeOf(host('a', { machineId: 'same' }), clones)).toBe('a');
    expect(outcomeOf(host('x', { machineId: 'same' }), clones)).toContain('none of the 2 Nodes');
  });
});

describe('two hosts', () => {
  it('that claim one Node are both refused, and named', () => {
    const { nodes: matched, refusals } = matchNodes(
      [host('a'), host('x', { hostname: 'y', address: '10.0.0.1' }), host('b')],
      nodes,
    );
    expect([...matched.keys()]).toEqual(['b']);
    expect([...refusals].map(([name, { code, message }]) => [name, code, message])).toEqual([
      ['a', 'cluster-mismatch', 'hosts a and x are both Node a'],
      ['x', 'cluster-mismatch', 'hosts a and x are both Node a'],
    ]);
  });
});

describe('any hosts and Nodes', () => {
  const word = fc.constantFrom('a', 'b', 'c', 'd');
  const anyNode = fc.tuple(word, word, word).map(([name, machine, address]) => node(name, `m-${machine}`, address));
  const anyHost = fc.record({
    host: word,
    address: word,
    hostname: fc.option(word, { nil: undefined }),
    nodeName: fc.option(word, { nil: undefined }),
    machineId: fc.option(
      word.map(id => `m-${id}`),
      { nil: undefined },
    ),
    joined: fc.constantFrom(true, false, undefined),
  });

  it('give each Node to one host at most, and each joined host a Node or a refusal', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyHost, { selector: one => one.host }),
        fc.uniqueArray(anyNode, { selector: ({ metadata }) => metadata.name }),
        (hosts, all) => {
          const { nodes: matched, refusals } = matchNodes(hosts, all);
          expect(new Set(matched.values()).size).toBe(matched.size);
          for (const { host: name, joined } of hosts) {
            const outcomes = Number(matched.has(name)) + Number(refusals.has(name));
            if (joined === true) expect(outcomes).toBe(1);
            if (joined === false) expect(outcomes).toBe(0);
          }
        },
      ),
    );
  });
});

describe('what is compared', () => {
  const facts = {
    identity: known({ hostname: 'w-1', machineId: 'm', productUuid: null, productUuidReason: undefined }),
    clusterState: known({
      joined: true,
      evidence: '/etc/kubernetes/kubelet.conf',
      foreign: undefined,
      kubeletVersion: undefined,
    }),
    kubelet: known({
      installed: true,
      unit: { loadState: 'loaded', activeState: 'active', restarts: 0 },
      running: {
        pid: 1,
        argv: ['/usr/bin/kubelet', '--hostname-override', 'node-1'],
        startedAtSeconds: 1,
        replaced: false,
      },
      files: [],
      cgroupRoots: [],
      staticPods: [],
    }),
  };

  it('is what the host and its kubelet call themselves', () => {
    expect(hostToMatch({ name: 'worker-1', address: '10.0.0.1' }, facts)).toEqual({
      host: 'worker-1',
      address: '10.0.0.1',
      hostname: 'w-1',
      nodeName: 'node-1',
      machineId: 'm',
      joined: true,
    });
  });

  it('is nothing where nothing is known', () => {
    const dark = { identity: unknown('-'), clusterState: unknown('-'), kubelet: unknown('-') };
    expect(hostToMatch({ name: 'w', address: 'x' }, dark)).toMatchObject({
      hostname: undefined,
      machineId: undefined,
      joined: undefined,
    });
  });
});

describe('the cluster of a run', () => {
  it.each([undefined, 'uid'])('may be %s', uid => {
    expect(otherCluster(uid === undefined ? undefined : { runId: 'r1', uid }, 'uid')).toBeUndefined();
  });

  it('may not be another: run and both UIDs are named', () => {
    expect(otherCluster({ runId: 'r1', uid: 'other' }, 'uid')).toMatchObject({
      code: 'cluster-mismatch',
      message: expect.stringMatching(/run r1 .* UID other, here it is uid/),
      hint: expect.stringContaining('rm /var/lib/nodeprep/runs/*/cluster'),
    });
  });
});
