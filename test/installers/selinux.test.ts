import { describe, expect, test } from 'vitest';
import type { DesiredRuntime } from '../../src/core/desired.ts';
import { known, type Observed, unknown } from '../../src/core/observed.ts';
import type { Candidates } from '../../src/facts/candidates.ts';
import type { RpmSources } from '../../src/facts/rpm-sources.ts';
import type { Selinux } from '../../src/facts/selinux.ts';
import { selinux } from '../../src/installers/selinux.ts';
import { debian } from '../../src/os/debian.ts';
import { rhel } from '../../src/os/rhel.ts';
import { desiredNode } from '../desired.ts';
import { bareFacts, observed } from '../plan/facts.ts';

const packages = (installed: Readonly<Record<string, string>> = {}) =>
  ({ ...bareFacts.packages, manager: 'dnf', installed }) as const;

const rocky = { id: 'rocky', idLike: [], versionId: '9.6', codename: undefined, prettyName: 'Rocky Linux 9.6' };
const noRpmSources: RpmSources = { manager: 'dnf', files: [], entries: [], own: [], keys: {} };

interface Setting {
  readonly source?: DesiredRuntime['source'];
  readonly offers?: Observed<Candidates>;
}
const planned = (
  mode: Selinux['mode'],
  installed: Readonly<Record<string, string>> = {},
  os = rhel,
  { source = 'distribution', offers = unknown('not asked') }: Setting = {},
) =>
  selinux.plan(
    {
      ...observed({ packages: packages(installed), selinux: { mode }, osRelease: rocky, rpmSources: noRpmSources }),
      candidates: offers,
    },
    desiredNode({ runtime: { name: 'cri-o', source, version: '1.36' } }),
    os,
  );

describe('the policy of containers', () => {
  test('comes where SELinux is enforcing, at any version and not held', () => {
    const { changes, refusals } = planned('enforcing');
    expect(refusals).toEqual([]);
    expect(changes).toMatchObject([
      {
        ...{ kind: 'package', manager: 'dnf', name: 'container-selinux', range: null, holds: [] },
        ...{ phase: 'stage', disruption: 'none', because: 'SELinux is enforcing, and containers need its policy' },
      },
    ]);
  });

  test('waits for the repository of the runtime, which may be the one that offers it', () => {
    const nothingYet = known({});
    expect(planned('enforcing', {}, rhel, { source: 'upstream', offers: nothingYet })).toMatchObject({
      changes: [],
      refusals: [],
      later: [{ target: 'container-selinux', setting: 'container-selinux', disruption: 'none' }],
    });
    expect(planned('enforcing', {}, rhel, { offers: nothingYet }).refusals).toMatchObject([
      { message: expect.stringMatching(/^container-selinux is not on offer/) },
    ]);
  });

  test.each([
    ['permissive', () => planned('permissive')],
    ['off', () => planned('off')],
    ['there already', () => planned('enforcing', { 'container-selinux': '2:2.235.0-1.el9' })],
    ['Debian', () => planned('enforcing', {}, debian)],
  ])('and nothing where it is %s', (_, plan) => {
    expect(plan()).toMatchObject({ changes: [], refusals: [] });
  });

  test('nobody plans on what is unknown', () => {
    const facts = { ...observed({ packages: packages() }), selinux: unknown('it broke'), candidates: known({}) };
    expect(selinux.plan(facts, desiredNode(), rhel).refusals).toMatchObject([
      { message: 'container-selinux cannot be planned: the fact selinux is unknown: it broke' },
    ]);
  });
});
