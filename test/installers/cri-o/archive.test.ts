import { describe, expect, test } from 'vitest';
import type { Change } from '../../../src/changes/change.ts';
import type { DesiredArchive, DesiredRuntime } from '../../../src/core/desired.ts';
import type { FactValues } from '../../../src/facts/index.ts';
import { criOArchive } from '../../../src/installers/cri-o/archive.ts';
import { handlersText, unitText } from '../../../src/installers/cri-o/archive-files.ts';
import { debian } from '../../../src/os/debian.ts';
import { crioRuns } from '../../checks/runtime/facts.ts';
import { aCrio, noCrio } from '../../crio.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { aService, bareFacts, observed } from '../../plan/facts.ts';

const unitPath = '/usr/local/lib/systemd/system/crio.service';
const handlers = '/etc/crio/crio.conf.d/10-crio.conf';
const sum = (letter: string): string => letter.repeat(64);
const from = (name: string, letter: string): DesiredArchive => ({
  source: { from: 'url', url: `https://mirror.example.com/${name}` },
  sha256: sum(letter),
});
const archives = { crio: from('cri-o.amd64.v1.36.1.tar.gz', 'a') };

const plan = (facts: Partial<FactValues>, runtime: Partial<DesiredRuntime> = {}) =>
  criOArchive.plan(
    observed({ ...bareFacts, ...facts }),
    desiredNode({ runtime: { name: 'cri-o', source: 'archive', archives, ...runtime } }),
    debian,
  );

const settings = '[crio.image]\npause_image = "registry.k8s.io/pause:3.10.1"\n';
const crio = aCrio(
  { '10-crio.conf': handlersText, '99-nodeprep.conf': settings },
  { binary: '/usr/local/bin/crio', unitFile: aFile(unitPath, unitText) },
);
const running: Partial<FactValues> = {
  crio,
  archives: { crio: { sha256: sum('a'), files: ['/usr/local/bin/crio'], changed: [] } },
  cri: crioRuns('systemd').cri,
  services: { 'crio.service': aService({ fragmentPath: unitPath }) },
};
const joined = {
  clusterState: { joined: true, evidence: 'kubelet.conf', foreign: undefined, kubeletVersion: '1.36.1' },
};
const shown = ({ changes }: { readonly changes: readonly Change[] }) =>
  changes.map(({ id, phase, disruption }) => `${id} ${phase} ${disruption}`);

describe('CRI-O from its static bundle', () => {
  test('is put on a bare host with a unit and its handlers; its settings come later', () => {
    const { changes, later, refusals } = plan({ crio: noCrio });
    expect(refusals).toEqual([]);
    expect(shown({ changes })).toEqual([
      'archive:crio stage none',
      `file:${unitPath} stage none`,
      `file:${handlers} stage none`,
    ]);
    expect(changes[0]).toMatchObject({
      before: null,
      entries: expect.arrayContaining([
        { member: 'cri-o/bin/crio', path: '/usr/local/bin/crio', mode: '0755' },
        { member: 'cri-o/bin/conmon', path: '/usr/libexec/crio/conmon', mode: '0755' },
      ]),
    });
    expect(later.map(({ setting }) => setting)).toEqual(
      expect.arrayContaining(['cgroup_manager = systemd', 'a signature policy that accepts any image']),
    );
  });

  test('is as desired once it is there and configured', () => {
    expect(plan(running)).toMatchObject({ changes: [], later: [], refusals: [] });
  });

  test('leaves handlers and a unit of somebody else as they are', () => {
    const files = { '10-crio.conf': '[crio.runtime]\ndefault_runtime = "runc"\n' };
    const theirs = aService({ fragmentPath: '/etc/systemd/system/crio.service' });
    const there = { ...aCrio(files), binary: '', unitFile: aFile(unitPath, undefined) };
    expect(shown(plan({ crio: there, services: { 'crio.service': theirs } }))).toEqual(['archive:crio stage none']);
  });

  test('gives way to another bundle with nothing else in that round', () => {
    const other = { archives: { crio: from('other', 'b') } };
    expect(shown(plan(running, other))).toEqual(['archive:crio switch restart']);
    expect(shown(plan({ ...running, ...joined }, { ...other, cgroupDriver: 'cgroupfs' }))).toEqual([
      'archive:crio switch drain',
    ]);
  });

  test('is restarted for a unit that has been written since', () => {
    const services = { 'crio.service': aService({ fragmentPath: unitPath, needDaemonReload: true }) };
    const { changes } = plan({ ...running, services });
    expect(changes).toMatchObject([{ id: 'service:crio.service', action: 'restart' }]);
  });

  test.each([
    [
      'a package',
      { packages: { ...bareFacts.packages, installed: { 'cri-o': '1.36.1-1.1' } } },
      {},
      /^package cri-o 1\.36\.1-1\.1 is installed.*from archives/,
    ],
    ['a program elsewhere', { crio: aCrio() }, {}, /^\/usr\/bin\/crio is a CRI-O that no package brought/],
    ['no archive named', { crio: noCrio }, { archives: {} }, /names no runtime\.archives\.crio$/],
    ['another version', running, { version: '1.35' }, /is version 1\.36\.1, and the inventory asks for 1\.35/],
    [
      'a file that does not parse',
      { crio: { ...aCrio({ 'a.conf': 'x = [\n' }), binary: '' } },
      {},
      /crio\.conf\.d\/a\.conf:2:1: /,
    ],
  ] as const)('is refused: %s', (_, facts, runtime, said) => {
    expect(plan(facts, runtime)).toMatchObject({
      changes: [],
      refusals: [{ code: 'plan-refused', message: expect.stringMatching(said) }],
    });
  });
});
