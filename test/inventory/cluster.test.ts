import { describe, expect, it } from 'vitest';
import { expandPaths } from '../../src/inventory/expand-paths.ts';
import { limitHosts } from '../../src/inventory/limit.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import { options } from './problems-of.ts';

const parse = (more: string) =>
  parseInventory(
    `groups: { edge: {}, cp: { role: control-plane } }
hosts: { cp-1: { address: a, groups: [cp], ssh: { identityFile: key } }, w-1: { address: b, groups: [edge] }, w-2: { address: c, groups: [edge] } }
${more}`,
    'i.yaml',
    options,
  );

const base = { home: '/home/me', directory: '/etc/fleet' };

describe('cluster', () => {
  it.each([
    ['{ kubeconfig: ~/.kube/config }', { path: '/home/me/.kube/config', context: undefined }],
    ['{ kubeconfig: prod.conf, context: a b }', { path: '/etc/fleet/prod.conf', context: 'a b' }],
  ])('%s', (text, access) => {
    expect(expandPaths(parse(`cluster: ${text}`), base).cluster).toEqual({ kind: 'kubeconfig', ...access });
  });

  it('via hosts knows how these are reached, also where --limit leaves them out', () => {
    const { cluster } = limitHosts(expandPaths(parse('cluster: { via: [cp-1] }'), base), 'edge');
    expect(cluster).toMatchObject({
      kind: 'via',
      hosts: [{ name: 'cp-1', address: 'a', ssh: { identityFile: '/etc/fleet/key' } }],
    });
  });
});

describe('rollout', () => {
  it('may say everything', () => {
    const { rollout } = parse(`rollout:
  maxUnavailable: 25%
  settleTimeout: 5m
  drain: { timeout: 90s, accept: [empty-dir, bare-pods] }
  canary: [w-2, cp]
  pause: { command: [./smoke-test.sh, --fast], timeout: 2m }
  window: { days: [sat, sun], from: 22:30, to: 04:00, timezone: Europe/Berlin }
  maxFailures: 3
  order: [edge, cp]
`);
    expect(rollout).toEqual({
      maxUnavailable: { kind: 'percent', percent: 25 },
      settleTimeoutMs: 300_000,
      drain: { timeoutMs: 90_000, accept: ['empty-dir', 'bare-pods'] },
      canary: { kind: 'hosts', hosts: ['cp-1', 'w-2'] },
      pause: { kind: 'command', argv: ['./smoke-test.sh', '--fast'], timeoutMs: 120_000 },
      window: { days: ['sat', 'sun'], fromMinute: 1350, toMinute: 240, timezone: 'Europe/Berlin' },
      maxFailures: 3,
      order: ['edge', 'cp'],
    });
  });

  it.each([
    ['{ pause: { time: 30s } }', { pause: { kind: 'time', ms: 30_000 } }],
    [
      '{ pause: { http: "https://example.com/ok?x=1" } }',
      { pause: { kind: 'http', url: 'https://example.com/ok?x=1', timeoutMs: 600_000 } },
    ],
    ['{ canary: 2 }', { canary: { kind: 'count', count: 2 } }],
    ['{ maxUnavailable: 3 }', { maxUnavailable: { kind: 'count', count: 3 } }],
    [
      '{ window: { from: "00:00", to: "06:00" } }',
      {
        window: {
          days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
          fromMinute: 0,
          toMinute: 360,
          timezone: 'UTC',
        },
      },
    ],
  ])('%s', (text, expected) => expect(parse(`rollout: ${text}`).rollout).toMatchObject(expected));

  it('may take all workers at once where no control plane is among the hosts', () => {
    const text = 'hosts: { a: { address: a } }\nrollout: { maxUnavailable: 100% }';
    expect(parseInventory(text, 'i.yaml', options).rollout.maxUnavailable).toEqual({ kind: 'percent', percent: 100 });
  });
});
