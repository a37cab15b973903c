import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { InventoryHost } from '../../src/inventory/inventory.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import { designExample } from './design-example.ts';
import { options } from './problems-of.ts';

const parse = (text: string) => parseInventory(text, 'i.yaml', options);

const hostOf = (text: string, name = 'a'): InventoryHost => {
  const host = parse(text).hosts.find(candidate => candidate.name === name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return host;
};

describe('the smallest inventory', () => {
  it('gets what a careful operator would choose', () => {
    const text = 'hosts: { a: { address: 10.0.0.1 } }';
    expect(parse(text)).toEqual({
      source: 'i.yaml',
      sha256: createHash('sha256').update(text).digest('hex'),
      groups: [],
      cluster: undefined,
      rollout: {
        maxUnavailable: { kind: 'count', count: 1 },
        settleTimeoutMs: 600_000,
        drain: { timeoutMs: 600_000, accept: [] },
        canary: undefined,
        pause: undefined,
        window: undefined,
        maxFailures: 1,
        order: [],
      },
      hosts: [
        {
          name: 'a',
          address: '10.0.0.1',
          port: 22,
          connection: 'ssh',
          ssh: {
            user: 'me',
            identityFile: undefined,
            passphrase: undefined,
            agent: true,
            hostKeys: 'strict',
            knownHosts: '~/.ssh/known_hosts',
            connectTimeoutMs: 10_000,
          },
          sudo: { password: undefined },
          desired: {
            host: 'a',
            role: 'worker',
            groups: [],
            kubernetesVersion: '1.34',
            runtime: {
              name: 'containerd',
              source: 'distribution',
              version: undefined,
              cgroupDriver: 'systemd',
              sandboxImage: 'registry.k8s.io/pause:3.10.1',
              cniBinDir: undefined,
              registries: [],
            },
            swap: 'off',
            verify: { sandbox: 'auto' },
            waivers: {},
          },
        },
      ],
    });
  });
});

describe('the examples', () => {
  it('of the design is good', () => {
    const { hosts, groups } = parse(designExample);
    expect(hosts.map(({ name, address, connection }) => [name, address, connection])).toEqual([
      ['cp-1', '10.0.0.11', 'ssh'],
      ['worker-1', '10.0.0.21', 'ssh'],
      ['worker-2', '10.0.0.22', 'ssh'],
      ['here', 'localhost', 'local'],
    ]);
    expect(groups).toEqual(['edge']);
    expect(hosts.map(({ desired }) => desired.role)).toEqual(['control-plane', 'worker', 'worker', 'worker']);
    expect(hosts.map(({ desired }) => Object.keys(desired.waivers))).toEqual([[], [], ['cgroup-controllers'], []]);
    expect(hosts[0]?.sudo.password).toEqual({ env: 'NODEPREP_SUDO_PASSWORD' });
  });

  it('of the repository is good', () => {
    const text = readFileSync(new URL('../../inventory.example.yaml', import.meta.url), 'utf8');
    expect(parse(text).hosts.map(({ name, port, ssh }) => `${ssh.user}@${name}:${port}`)).toEqual([
      'ops@cp-1:22',
      'ops@worker-1:22',
      'ops@worker-2:2222',
      'admin@worker-3:22',
    ]);
  });
});

describe('settings', () => {
  const layered = `
defaults: { ssh: { user: d, port: 1, hostKeys: accept-new }, swap: keep, runtime: { version: "2.1", cni: { binDir: /d } } }
groups:
  one: { ssh: { user: g1, port: 2 }, swap: kubelet, role: control-plane }
  two: { ssh: { port: 3 } }
hosts:
  a: { address: a, groups: [one, two], ssh: { port: 4 } }
  b: { address: b, groups: [one, two] }
  c: { address: c, groups: [two, one], role: worker }
  d: { address: d }
`;

  it.each([
    ['a', 'g1', 4, 'kubelet', 'control-plane'],
    ['b', 'g1', 3, 'kubelet', 'control-plane'],
    ['c', 'g1', 2, 'kubelet', 'worker'],
    ['d', 'd', 1, 'keep', 'worker'],
  ])('of host %s resolve defaults, then groups in order, then the host', (name, user, port, swap, role) => {
    const { ssh, port: resolvedPort, desired } = hostOf(layered, name);
    expect([ssh.user, resolvedPort, desired.swap, desired.role]).toEqual([user, port, swap, role]);
    expect(ssh.hostKeys).toBe('accept-new');
    expect(desired.runtime).toMatchObject({ version: '2.1', cniBinDir: '/d' });
  });

  it('replace a reference to a secret as a whole', () => {
    const text =
      'defaults: { sudo: { password: { env: A } } }\nhosts: { a: { address: a, sudo: { password: { file: /b } } } }';
    expect(hostOf(text).sudo.password).toEqual({ file: '/b' });
  });

  it.each([
    ['another runtime drops the version of the layers before', '{ name: cri-o }', undefined],
    ['another runtime keeps its own version', '{ name: cri-o, version: "1.34" }', '1.34'],
    ['the same runtime keeps the version', '{ name: containerd }', '2.1'],
  ])('%s', (_what, runtime, version) => {
    const text = `defaults: { runtime: { version: "2.1" } }\nhosts: { a: { address: a, runtime: ${runtime} } }`;
    expect(hostOf(text).desired.runtime.version).toBe(version);
  });

  it('keep handlers for the runtime that they were written for', () => {
    const text =
      'defaults: { runtime: { handlers: [runc, crun, runc], defaultHandler: crun } }\ngroups: { g: { runtime: { name: docker } } }\nhosts: { a: { address: a }, b: { address: b, groups: [g] } }';
    expect(hostOf(text).desired.runtime).toMatchObject({ handlers: ['runc', 'crun'], defaultHandler: 'crun' });
    expect(hostOf(text, 'b').desired.runtime.handlers).toBeUndefined();
  });

  it.each([
    ['1.24', '3.7'],
    ['1.25.9', '3.8'],
    ['1.26', '3.9'],
    ['1.30', '3.9'],
    ['1.31', '3.10'],
    ['1.33', '3.10'],
    ['1.34.2', '3.10.1'],
    ['1.35', '3.10.1'],
    ['1.36', '3.10.2'],
    ['1.40', '3.10.2'],
  ])('the sandbox image of Kubernetes %s is pause:%s', (version, tag) => {
    const { runtime } = hostOf(`kubernetes: { version: "${version}" }\nhosts: { a: { address: a } }`).desired;
    expect(runtime.sandboxImage).toBe(`registry.k8s.io/pause:${tag}`);
  });

  it('may come through anchors, aliases and merge keys', () => {
    const text = `
x-edge: &edge { port: 2222, user: edge }
hosts:
  a: { address: a, ssh: *edge }
  b: { address: b, ssh: { <<: *edge, user: own } }
  c: { address: c, ssh: { <<: [{ user: first }, *edge] } }
`;
    const logins = parse(text).hosts.map(({ ssh, port }) => `${ssh.user} ${port}`);
    expect(logins).toEqual(['edge 2222', 'own 2222', 'first 2222']);
  });

  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
  ])('a timeout of %s is %i ms', (text, ms) => {
    const { ssh } = hostOf(`defaults: { ssh: { connectTimeout: ${text} } }\nhosts: { a: { address: a } }`);
    expect(ssh.connectTimeoutMs).toBe(ms);
  });

  it.each(['10.0.0.1', '"fd00::1"', '"fe80::1%eth0"', 'node-1.example.com', 'node_1', 'n'])(
    '%s is an address',
    address => {
      expect(hostOf(`hosts: { a: { address: ${address} } }`).address).toBe(address.replaceAll('"', ''));
    },
  );

  it.each(['"2027-01-31"', '2027-01-31', '"2020-02-29"'])('a waiver may end on %s, also in the past', expires => {
    const text = `hosts: { a: { address: a }, b: { address: b } }
waivers: [{ check: swap-off, hosts: [a], owner: o, reason: r, expires: ${expires} }]`;
    expect(hostOf(text).desired.waivers).toEqual({
      'swap-off': { owner: 'o', reason: 'r', expires: expires.replaceAll('"', '') },
    });
    expect(hostOf(text, 'b').desired.waivers).toEqual({});
  });
});

describe('the file', () => {
  it('may be JSON, have Windows line ends and a byte order mark', () => {
    expect(parse('\ufeff{"hosts":\r\n {"a": {"address": "b"}}}\r\n').hosts.map(({ address }) => address)).toEqual([
      'b',
    ]);
  });

  it('may name a host like a property of every object', () => {
    expect(
      hostOf(
        'hosts: { constructor: { address: b, groups: [toString] } }\ngroups: { toString: { swap: keep } }',
        'constructor',
      ).desired.swap,
    ).toBe('keep');
  });
});
