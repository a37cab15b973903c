import { describe, expect, test } from 'vitest';
import { newRunId, printDeclined, printRun, showPlan, toRun } from '../../src/commands/run-result.ts';
import { NodeprepError } from '../../src/core/errors.ts';
import type { HostResult } from '../../src/core/result.ts';
import { commonOptions, testContext } from './support.ts';

const startedAt = new Date('2026-11-21T02:14:05.678Z');
const host = (over: Partial<HostResult> = {}): HostResult => ({
  host: 'worker-1',
  address: '192.0.2.1',
  state: 'ok',
  findings: [],
  changes: [],
  ...over,
});
const pieces = (hosts: readonly HostResult[], declined = false) =>
  ({ command: 'apply', runId: '20261121-021405-k3f9', startedAt, hosts, fleet: [], declined }) as const;

describe('a run id', () => {
  test('begins with the time in UTC, so that ids sort by it, and is safe in a path', () => {
    expect(newRunId(startedAt)).toMatch(/^20261121-021405-[0-9a-f]{4}$/);
    expect(newRunId(new Date('2027-01-01T00:00:00Z')) > newRunId(startedAt)).toBe(true);
  });

  test('is another one for every run of the same second, nearly', () => {
    const ids = Array.from({ length: 20 }, () => newRunId(startedAt));
    expect(new Set(ids).size).toBeGreaterThan(10);
  });
});

describe('the exit code of a run', () => {
  const failed = host({ state: 'failed', error: { code: 'bug', message: 'TypeError: x' } });
  const lost = host({ state: 'unreachable', error: { code: 'connect-refused', message: 'x' } });

  test.each([
    ['fine', [host()], 0],
    ['a bug on one host', [host(), failed, lost], 70],
    ['a host that is lost', [host(), lost], 3],
    ['a reverted host', [host({ state: 'failed', outcome: 'reverted' })], 3],
    ['a refused host', [host({ state: 'refused', outcome: 'unchanged' })], 5],
  ])('%s', (_, hosts, exitCode) => expect(toRun(pieces(hosts), testContext()).exitCode).toBe(exitCode));

  test('a no of the operator is 5, but what went wrong before goes first', () => {
    expect(toRun(pieces([host()], true), testContext()).exitCode).toBe(5);
    expect(toRun(pieces([lost], true), testContext()).exitCode).toBe(3);
  });

  test('an interrupt goes before everything', () => {
    const signal = AbortSignal.abort(new NodeprepError('interrupted', 'interrupted'));
    expect(toRun(pieces([host(), failed, lost]), testContext({ signal })).exitCode).toBe(130);
  });
});

describe('what a run says', () => {
  test('times, names and the tool', () => {
    const run = toRun(pieces([host()]), testContext());
    expect(run).toMatchObject({
      schemaVersion: 1,
      tool: { name: 'nodeprep', version: '0.0.0-test' },
      startedAt: '2026-11-21T02:14:05.678Z',
    });
    expect(run).not.toHaveProperty('batches');
    expect(run.durationMs).toBeTypeOf('number');
  });

  test('secrets of hosts are masked, our own words about logging in are not', () => {
    const message = 'config.toml line 3: password = "hunter2-hunter2"';
    const own = 'the private key of ops cannot be read: passphrase missing';
    const { hosts } = toRun(
      pieces([
        host({ state: 'failed', error: { code: 'step-failed', message } }),
        host({ state: 'unreachable', error: { code: 'key-unreadable', message: own } }),
      ]),
      testContext(),
    );
    expect(hosts[0]?.error?.message).not.toContain('hunter2');
    expect(hosts[1]?.error?.message).toBe(own);
  });
});

describe('printing', () => {
  const run = () => toRun(pieces([host({ outcome: 'changed' })]), testContext());

  test('json is the run on standard output and nothing else', () => {
    const context = testContext();
    const printed = run();
    expect(printRun(printed, { ...commonOptions, output: 'json' }, 'inventory.yaml', context)).toBe(0);
    expect(JSON.parse(context.written.out)).toEqual(printed);
    expect(context.written.err).toBe('');
  });

  test('a no: what was found has been shown with the question, and is not told again', () => {
    const declined = toRun(pieces([host({ outcome: 'unchanged' })], true), testContext());
    const human = testContext();
    expect(printDeclined(declined, commonOptions, human)).toBe(5);
    expect(human.written).toEqual({ out: 'Nothing was changed.\n', err: '' });
    const json = testContext();
    printDeclined(declined, { ...commonOptions, output: 'json' }, json);
    expect(JSON.parse(json.written.out)).toMatchObject({ exitCode: 5 });
  });

  test.each([
    ['not a terminal', {}, false],
    ['a terminal', { stdoutIsTerminal: true }, true],
    ['NO_COLOR', { stdoutIsTerminal: true, env: { NO_COLOR: '1' } }, false],
    ['a dumb terminal', { stdoutIsTerminal: true, env: { TERM: 'dumb' } }, false],
  ])('colour: %s', (_, over, isColoured) => {
    const context = testContext(over);
    printRun(run(), { ...commonOptions, quiet: false }, 'inventory.yaml', context);
    expect(context.written.out.includes('\u001b[')).toBe(isColoured);
    expect(context.written.out).toContain('worker-1');
  });

  test('a dumb terminal, or one that is not UTF-8, gets plain marks', () => {
    for (const env of [{ TERM: 'dumb' }, { LANG: 'C' }, { LC_ALL: 'POSIX', LANG: 'de_DE.UTF-8' }]) {
      const context = testContext({ stdoutIsTerminal: true, env });
      printRun(run(), { ...commonOptions, quiet: false }, undefined, context);
      expect(context.written.out.replaceAll(/\u001b\[[0-9;]*m/g, '')).toMatch(/^[\x20-\x7e\n]*$/);
    }
  });

  test('the plan before the question goes to standard error, also where the result is JSON and quiet', () => {
    const context = testContext();
    showPlan(pieces([host()]), { ...commonOptions, output: 'json', quiet: true }, 'inventory.yaml', context);
    expect(context.written).toMatchObject({ out: '', err: expect.stringContaining('worker-1') });
  });
});
