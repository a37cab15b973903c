import { expect, test } from 'vitest';
import { known, unknown } from '../../src/core/observed.ts';
import type { Archives } from '../../src/facts/archives.ts';
import { cniPlugins } from '../../src/installers/cni-plugins.ts';
import { debian } from '../../src/os/debian.ts';
import { desiredNode } from '../desired.ts';

const sum = (letter: string): string => letter.repeat(64);
const archive = { source: { from: 'url', url: 'https://mirror.example.com/cni.tgz' }, sha256: sum('c') } as const;
const record = (letter: string, changed: readonly string[] = []): Archives => ({
  cniPlugins: { sha256: sum(letter), files: ['/opt/cni/bin/loopback'], changed },
});
const planFor = (archives: Archives) =>
  cniPlugins.plan(
    { archives: known(archives) },
    desiredNode({ runtime: { archives: { cniPlugins: archive } } }),
    debian,
  );

test.each(['containerd', 'cri-o', 'docker', 'mirantis'] as const)('of an archive, beside %s of any source', name => {
  for (const source of ['distribution', 'upstream', 'archive'] as const) {
    const runtime = { name, source };
    expect(cniPlugins.appliesTo(desiredNode({ runtime: { ...runtime, archives: { cniPlugins: archive } } }))).toBe(
      true,
    );
    expect(cniPlugins.appliesTo(desiredNode({ runtime }))).toBe(false);
  }
});

test.each<[string, Archives, readonly string[]]>([
  ['nothing there', {}, ['archive:cniPlugins stage none']],
  ['there', record('c'), []],
  ['another archive', record('d'), ['archive:cniPlugins switch none']],
  ['files that were changed', record('c', ['/opt/cni/bin/loopback']), ['archive:cniPlugins switch none']],
])('%s', (_, archives, expected) => {
  const { changes, refusals } = planFor(archives);
  expect(changes.map(({ id, phase, disruption }) => `${id} ${phase} ${disruption}`)).toEqual(expected);
  expect(refusals).toEqual([]);
});

test('they go to the directory that networks use', () => {
  expect(planFor({}).changes).toMatchObject([{ entries: [{ member: '/', path: '/opt/cni/bin/', mode: '0755' }] }]);
});

test('what archives have put there must be known', () => {
  const facts = { archives: unknown('needs root') };
  const desired = desiredNode({ runtime: { archives: { cniPlugins: archive } } });
  expect(cniPlugins.plan(facts, desired, debian).refusals).toMatchObject([
    { message: expect.stringContaining('needs root') },
  ]);
});
