import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorCodes } from '../../src/core/errors.ts';
import { type ExitOptions, type ExitPieces, exitCodeOf, exitCodeOfError } from '../../src/core/exit-code.ts';
import { change, finding, host, pass } from '../report/sample.ts';

const pieces = (over: Partial<ExitPieces> = {}): ExitPieces => ({
  command: 'check',
  startedAt: '2026-11-21T02:14:05.000Z',
  hosts: [],
  fleet: [],
  ...over,
});
const withFinding = (over: Parameters<typeof finding>[0], command: ExitPieces['command'] = 'check') =>
  pieces({ command, hosts: [host('a', { findings: [finding(over)] })] });
const waiver = (expires: string) => ({ owner: 'ops', reason: 'test', expires });
const pending = pieces({ command: 'plan', hosts: [host('a', { changes: [change()] })] });

describe('exitCodeOf', () => {
  it.each<[string, ExitPieces, ExitOptions, number]>([
    ['nothing wrong', pieces({ hosts: [host('a', { findings: [pass()] })] }), {}, 0],
    ['an error finding', withFinding({}), {}, 1],
    ['an error finding across hosts', pieces({ fleet: [finding()] }), {}, 1],
    ['a warning', withFinding({ severity: 'warning' }), {}, 0],
    ['a warning, strict', withFinding({ severity: 'warning' }), { strict: true }, 0],
    ['unknown', withFinding({ status: 'unknown' }), {}, 0],
    ['unknown, strict', withFinding({ status: 'unknown' }), { strict: true }, 1],
    ['unknown warning, strict', withFinding({ status: 'unknown', severity: 'warning' }), { strict: true }, 0],
    ['skip, strict', withFinding({ status: 'skip' }), { strict: true }, 0],
    ['waived', withFinding({ waiver: waiver('2027-01-31') }), { strict: true }, 0],
    ['waived until today', withFinding({ waiver: waiver('2026-11-21') }), {}, 0],
    ['waived until yesterday', withFinding({ waiver: waiver('2026-11-20') }), {}, 1],
    ['plan ignores findings', withFinding({}, 'plan'), {}, 0],
    ['rollback ignores findings', withFinding({}, 'rollback'), {}, 0],
    ['recover ignores findings', withFinding({}, 'recover'), {}, 0],
    ['apply counts findings', withFinding({}, 'apply'), {}, 1],
    ['changes pending', pending, {}, 0],
    ['changes pending, asked for', pending, { detailedExitcode: true }, 4],
    ['changes made', { ...pending, command: 'apply' }, { detailedExitcode: true }, 0],
    ['unreachable', pieces({ hosts: [host('a', { state: 'unreachable' })] }), {}, 3],
    ['failed', pieces({ hosts: [host('a', { state: 'failed' })] }), {}, 3],
    ['reverted', pieces({ command: 'apply', hosts: [host('a', { outcome: 'reverted' })] }), {}, 3],
    ['reverted in part', pieces({ command: 'apply', hosts: [host('a', { outcome: 'partial' })] }), {}, 3],
    ['refused', pieces({ command: 'apply', hosts: [host('a', { state: 'refused', outcome: 'unchanged' })] }), {}, 5],
    ['skipped', pieces({ command: 'apply', hosts: [host('a', { state: 'skipped' })] }), {}, 0],
    ['answered no', pieces({ command: 'apply', declined: true }), {}, 5],
    ['usage', pieces({ usage: true }), {}, 2],
    ['our bug', pieces({ bug: true }), {}, 70],
    ['interrupted', pieces({ interrupted: true }), {}, 130],
  ])('%s', (_name, given, options, code) => expect(exitCodeOf(given, options)).toBe(code));

  it('gives mixed runs the worst code, in the order 130 70 2 3 5 1 4 0', () => {
    const order = [130, 70, 2, 3, 5, 1, 0];
    const causes: Record<number, (given: ExitPieces) => ExitPieces> = {
      130: given => ({ ...given, interrupted: true }),
      70: given => ({ ...given, bug: true }),
      2: given => ({ ...given, usage: true }),
      3: given => ({ ...given, hosts: [...given.hosts, host('u', { state: 'unreachable' })] }),
      5: given => ({ ...given, hosts: [...given.hosts, host('r', { state: 'refused' })] }),
      1: given => ({ ...given, hosts: [...given.hosts, host('f', { findings: [finding()] })] }),
      0: given => given,
    };
    fc.assert(
      fc.property(fc.shuffledSubarray(order, { minLength: 1 }), codes => {
        const mixed = codes.reduce((given, code) => causes[code]?.(given) ?? given, pieces({ command: 'apply' }));
        expect(exitCodeOf(mixed)).toBe(order.find(code => codes.includes(code)));
      }),
    );
  });

  it('lets a refusal win over pending changes', () => {
    const refused = { ...pending, hosts: [...pending.hosts, host('b', { state: 'refused' })] };
    expect(exitCodeOf(refused, { detailedExitcode: true })).toBe(5);
  });
});

describe('exitCodeOfError', () => {
  it.each<[ErrorCode, number]>([
    ['usage', 2],
    ['inventory', 2],
    ['interrupted', 130],
    ['lock-held', 5],
    ['joined-node', 5],
    ['plan-stale', 5],
    ['connect-refused', 3],
    ['verify-failed', 3],
  ])('%s is %i', (code, exit) => expect(exitCodeOfError(code)).toBe(exit));

  it('knows every code', () => {
    for (const code of Object.keys(errorCodes)) expect([2, 3, 5, 130]).toContain(exitCodeOfError(code as ErrorCode));
  });
});
