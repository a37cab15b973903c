import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { eachHost } from '../../src/commands/each-host.ts';
import { failedHost, stateOfCode } from '../../src/commands/host-failure.ts';
import { type ErrorCode, errorCodes, NodeprepError } from '../../src/core/errors.ts';
import type { HostState } from '../../src/core/result.ts';
import { commonOptions, hostNamed, hostsNamed, testContext } from './support.ts';

/** Every code has its place here: a new one fails the test until somebody has thought about it. */
const states: Readonly<Record<HostState, readonly ErrorCode[]>> = {
  ok: [],
  unreachable: [
    'host-key-unknown',
    'host-key-changed',
    'host-key-revoked',
    'auth-failed',
    'key-unreadable',
    'connect-refused',
    'connect-timeout',
    'connect-failed',
    'no-banner',
  ],
  refused: [
    'lock-held',
    'guard-mismatch',
    'joined-node',
    'foreign-distribution',
    'os-unsupported',
    'migration',
    'plan-refused',
    'plan-stale',
    'cluster-mismatch',
    'cluster-denied',
    'drain-infeasible',
    'rollout-stopped',
  ],
  skipped: ['interrupted'],
  failed: [
    'usage',
    'inventory',
    'sudo-password',
    'sudo-refused',
    'no-answer',
    'no-shell',
    'answer-too-large',
    'answer-malformed',
    'step-failed',
    'verify-failed',
    'revert-partial',
    'unfinished-run',
    'kubectl-missing',
    'cluster-unreachable',
    'drain-timeout',
    'node-not-ready',
    'settle-timeout',
    'recording-unreadable',
    'bug',
  ],
};

describe('the state of a host after an error', () => {
  test('is decided for every code', () => {
    expect(Object.values(states).flat().toSorted()).toEqual(Object.keys(errorCodes).toSorted());
  });

  test.each(Object.entries(states).flatMap(([state, codes]) => codes.map(code => [code, state] as const)))(
    '%s: %s',
    (code, state) => expect(stateOfCode(code)).toBe(state),
  );

  test('keeps message and hint; a refused host is unchanged, of the others that is not known', () => {
    const error = new NodeprepError('lock-held', 'run x works here', { hint: 'wait' });
    expect(failedHost(hostNamed('a'), error)).toEqual({
      host: 'a',
      address: '192.0.2.1',
      state: 'refused',
      outcome: 'unchanged',
      error: { code: 'lock-held', message: 'run x works here', hint: 'wait' },
      findings: [],
      changes: [],
    });
    const timeout = failedHost(hostNamed('a'), new NodeprepError('connect-timeout', 'x'));
    expect(timeout).not.toHaveProperty('outcome');
    expect(timeout.error).not.toHaveProperty('hint');
  });

  test.each([new TypeError('x is undefined'), 'a string', undefined])('%s is our bug', error => {
    expect(failedHost(hostNamed('a'), error)).toMatchObject({ state: 'failed', error: { code: 'bug' } });
  });

  test('a bug comes with its stack', () => {
    expect(failedHost(hostNamed('a'), new TypeError('oh')).error?.message).toMatch(/^TypeError: oh\n +at /);
  });
});

describe('working on every host', () => {
  const hosts = hostsNamed('a', 'b', 'c', 'd', 'e');
  const ok = (name: string) => ({ host: name, address: '', state: 'ok', findings: [], changes: [] }) as const;
  const each = (work: Parameters<typeof eachHost>[2], { signal = new AbortController().signal, parallel = 2 } = {}) =>
    eachHost(
      hosts,
      { detail: 'hosts', options: { ...commonOptions, parallel }, context: testContext({ signal }) },
      work,
    );

  test('one result a host, in the order of the inventory, whoever ends first', async () => {
    const results = await each(
      async ({ name }) => {
        if (name === 'a') await delay(30);
        return ok(name);
      },
      { parallel: 5 },
    );
    expect(results.map(({ host }) => host)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('at most so many at once as asked for', async () => {
    let atWork = 0;
    let most = 0;
    await each(async ({ name }) => {
      atWork += 1;
      most = Math.max(most, atWork);
      await delay(1);
      atWork -= 1;
      return ok(name);
    });
    expect(most).toBe(2);
  });

  test('what goes wrong on one host hides no other', async () => {
    const results = await each(async ({ name }) => {
      if (name === 'b') throw new NodeprepError('connect-refused', 'nothing listens');
      if (name === 'd') throw new TypeError('our bug');
      return ok(name);
    });
    expect(results.map(({ host, state }) => `${host} ${state}`)).toEqual([
      'a ok',
      'b unreachable',
      'c ok',
      'd failed',
      'e ok',
    ]);
  });

  test('once interrupted, what has begun ends and the rest is skipped', async () => {
    const controller = new AbortController();
    const begun: string[] = [];
    const results = await each(
      async ({ name }) => {
        begun.push(name);
        if (name === 'b') controller.abort(new NodeprepError('interrupted', 'interrupted'));
        await delay(1);
        return ok(name);
      },
      { signal: controller.signal },
    );
    expect(begun).toEqual(['a', 'b']);
    expect(results.map(({ state }) => state)).toEqual(['ok', 'ok', 'skipped', 'skipped', 'skipped']);
    expect(results[2]?.error).toMatchObject({ code: 'interrupted' });
  });
});
