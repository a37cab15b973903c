import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CompileOptions, compileRound } from '../../src/apply/compile.ts';
import type { Change, ServiceChange } from '../../src/changes/change.ts';
import { fileChange, sysctlChange } from './host-root.ts';

const common = { id: 'x', target: 'x', summary: '', because: '', disruption: 'none', reversible: true } as const;
const stepsOf = (changes: readonly Change[]) =>
  compileRound(changes, 2).files.find(file => file.path === 'rounds/2/steps')?.text ?? '';

/** What the shell hands to the kind's function. */
const argumentsSeen = (change: Change): readonly string[] => {
  const script = `${stepsOf([change])}\n${change.kind}_guard() { printf '%s\\0' "$@"; }\nno_sandboxes() { :; }\nstep_2_1 guard`;
  return execFileSync('sh', ['-s'], { input: script, encoding: 'utf8' }).split('\0').slice(0, -1);
};

const upgrade = {
  ...common,
  phase: 'switch',
  kind: 'package',
  manager: 'apt',
  name: 'containerd',
  version: '1.7.28-1',
  range: '1.7.28',
  before: '1.7.24-1',
  holds: ['containerd', 'runc'],
} satisfies Change;

describe('compileRound', () => {
  test('an upgrade that must have a way back may do without one where that was admitted', () => {
    const steps = (admissions: CompileOptions) =>
      compileRound([upgrade], 1, admissions).files.find(file => file.path === 'rounds/1/steps')?.text;
    expect(steps({})).toContain("containerd 1.7.28-1 1.7.28 1.7.24-1 'containerd runc' yes;");
    expect(steps({ allowIrreversible: true })).toContain("containerd 1.7.28-1 1.7.28 1.7.24-1 'containerd runc' no;");
  });

  test.each<readonly [Change, readonly string[]]>([
    [
      {
        ...common,
        phase: 'stage',
        kind: 'package',
        manager: 'apt',
        name: 'containerd',
        version: null,
        range: '1.7',
        before: null,
        holds: ['containerd', 'runc'],
      },
      ['containerd', '-', '1.7', '-', 'containerd runc', 'yes'],
    ],
    [
      {
        ...common,
        phase: 'resume',
        kind: 'service',
        unit: 'containerd.service',
        enabled: true,
        action: 'restart',
        before: { unitFileState: '', activeState: 'inactive' },
      },
      ['containerd.service', 'yes', '-', '-', 'restart', '', 'inactive'],
    ],
    [{ ...common, phase: 'stage', kind: 'directory', path: '/a b', mode: '0750' }, ['/a b', '750']],
    [{ ...common, phase: 'stage', kind: 'hold', manager: 'apt', name: 'runc', hold: false }, ['runc', 'no']],
    [{ ...common, phase: 'stage', kind: 'module', name: 'overlay' }, ['overlay']],
    [{ ...common, phase: 'stage', kind: 'swap', device: '/swap file', usedKib: 0 }, ['/swap\\040file']],
    [sysctlChange('net.ipv4.ip_forward', '1', null), ['net.ipv4.ip_forward', '1', '-']],
    [fileChange('/etc/x', { state: 'absent' }, { state: 'absent' }), ['/etc/x', 'absent', 'absent', 'payload-1']],
  ])('%# hands a kind its arguments', (change, expected) => {
    expect(argumentsSeen(change)).toEqual(expected);
  });

  test('whatever a path holds reaches the shell as it is', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter(word => !word.includes('\0'));
    fc.assert(
      fc.property(text, text, (path, target) => {
        const change = fileChange(path, { state: 'symlink', target }, { state: 'absent' });
        expect(argumentsSeen(change).slice(0, 2)).toEqual([path, `symlink:${target}`]);
      }),
      { numRuns: 60 },
    );
  });

  test('steps run in the order of the plan, with their phases', () => {
    const changes = [sysctlChange('a', '1', null), { ...sysctlChange('b', '1', null), phase: 'switch' as const }];
    expect(stepsOf(changes)).toContain("ROUND_STEPS='2-1:stage 2-2:switch'");
  });

  test('changes that must find no sandbox are guarded for it', () => {
    expect(stepsOf([{ ...sysctlChange('a', '1', null), needsNoSandboxes: true }])).toContain(
      'no_sandboxes "$1" && sysctl_',
    );
  });

  const service = (phase: 'quiesce' | 'resume', rest: Partial<ServiceChange>): ServiceChange => ({
    ...common,
    phase,
    kind: 'service',
    unit: 'kubelet.service',
    before: { unitFileState: 'enabled', activeState: 'active' },
    ...rest,
  });
  const switched = { ...sysctlChange('a', '1', null), phase: 'switch' as const };

  test('a round that disturbs pods holds for an empty node, and its guard waits for that', () => {
    const text = stepsOf([
      service('quiesce', { active: false }),
      { ...switched, needsNoSandboxes: true, disruption: 'drain' },
      service('resume', { active: true }),
    ]);
    expect(text).toContain('ROUND_HOLDS=yes\n');
    expect(text).toContain(`step_2_1() { service_"$1" kubelet.service - no - - enabled active pause; }`);
    expect(text).toContain('step_2_2() { no_sandboxes "$1" held && sysctl_"$1" ');
    expect(text).toContain(`step_2_3() { service_"$1" kubelet.service - yes - - enabled active empty; }`);
  });

  test('a service that is restarted is armed before anything is switched, unless it stands still by then', () => {
    const restart = service('resume', { action: 'restart' });
    expect(stepsOf([switched, restart])).toContain("ROUND_ARMS='2-2'\n");
    expect(stepsOf([service('quiesce', { active: false }), switched, restart])).not.toContain('ROUND_ARMS');
    expect(stepsOf([restart])).not.toContain('ROUND_ARMS');
  });

  test('cgroup trees need no arguments', () => {
    expect(stepsOf([{ ...common, kind: 'cgroup-roots', phase: 'switch' }])).toContain(
      'step_2_1() { cgroup_roots_"$1" ; }',
    );
  });

  test('the manifest holds what was planned and no content', () => {
    const { manifest, files } = compileRound([fileChange('/etc/x', { state: 'absent' }, 'geheim')], 1);
    expect(manifest.steps).toMatchObject([{ step: '1-1', change: { kind: 'file', target: '/etc/x' } }]);
    expect(files.find(file => file.path.endsWith('manifest.json'))?.text).not.toContain('geheim');
  });
});
