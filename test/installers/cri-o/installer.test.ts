import { describe, expect, test } from 'vitest';
import { handlersText, unitText } from '../../../src/installers/cri-o/archive-files.ts';
import { criO } from '../../../src/installers/cri-o/installer.ts';
import { debian } from '../../../src/os/debian.ts';
import { crioRuns } from '../../checks/runtime/facts.ts';
import { aCrio } from '../../crio.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { someOciRuntimes } from '../../oci-runtimes.ts';
import { aService, bareFacts, observed } from '../../plan/facts.ts';

const offer = { candidate: '1.36.1-1.1', versions: ['1.36.1-1.1'], kept: [] };
const fresh = { candidates: { 'cri-o': offer } };
const files = { '10.conf': '[crio.image]\npause_image = "registry.k8s.io/pause:3.10.1"\n' };
const installed = {
  ...{ candidates: { 'cri-o': offer }, crio: aCrio(files), cri: crioRuns('systemd').cri },
  packages: { ...bareFacts.packages, installed: { 'cri-o': '1.36.1-1.1' }, held: ['cri-o'] },
  services: { 'crio.service': aService({ fragmentPath: '/usr/lib/systemd/system/crio.service' }) },
};
const joined = {
  clusterState: {
    joined: true,
    evidence: '/etc/kubernetes/kubelet.conf',
    foreign: undefined,
    kubeletVersion: '1.36.1',
  },
};
const plan = (facts: Parameters<typeof observed>[0], runtime = {}) =>
  criO.plan(observed(facts), desiredNode({ runtime: { name: 'cri-o', ...runtime } }), debian);

describe('CRI-O', () => {
  test('of sources that offer it: the package first, its settings in the next round', () => {
    const { changes, later, refusals } = plan(fresh);
    expect(refusals).toEqual([]);
    expect(changes).toMatchObject([{ kind: 'package', name: 'cri-o', version: '1.36.1-1.1', disruption: 'none' }]);
    expect(later).toContainEqual(
      expect.objectContaining({
        target: '/etc/crio/crio.conf.d/99-nodeprep.conf',
        setting: 'cgroup_manager = systemd',
      }),
    );
  });

  test('that nobody offers is refused with what there is', () => {
    expect(plan(fresh, { version: '1.35' }).refusals).toMatchObject(
      [{ message: /cri-o 1\.35 .*have 1\.36\.1-1\.1/ }].map(({ message }) => ({
        message: expect.stringMatching(message),
      })),
    );
  });

  test('of upstream: its repository first', () => {
    const { changes, later } = plan(
      { ...fresh, aptSources: { manager: 'apt', entries: [], files: [], own: [], keys: {} } },
      { source: 'upstream', version: '1.36' },
    );
    expect(changes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['repository-key', 'package-lists']));
    expect(later).toContainEqual(
      expect.objectContaining({ target: 'cri-o', setting: expect.stringMatching(/^cri-o 1\.36/) }),
    );
  });

  test('that is there and not held is held in the first round, also where another package waits for a repository', () => {
    const packages = { ...installed.packages, held: [] };
    expect(plan({ ...installed, packages }).changes).toMatchObject([
      { id: 'hold:cri-o', phase: 'stage', disruption: 'none', summary: 'cri-o held at 1.36.1-1.1' },
    ]);
    const { changes, later } = plan(
      {
        ...{ ...installed, packages, ociRuntimes: someOciRuntimes() },
        ...{ candidates: { ...installed.candidates, runsc: offer } },
        aptSources: { manager: 'apt', entries: [], files: [], own: [], keys: {} },
      },
      { source: 'upstream', version: '1.36', handlers: ['runsc'] },
    );
    expect(changes.map(({ id }) => id)).toContain('hold:cri-o');
    expect(later.map(({ target }) => target)).toContain('runsc');
  });

  test('of an archive, where upstream is asked for: it stays, and no repository comes', () => {
    const unpackaged = { ...installed, packages: { ...bareFacts.packages, installed: {} } };
    const aptSources = { manager: 'apt', entries: [], files: [], own: [], keys: {} } as const;
    const { changes, refusals } = plan({ ...unpackaged, aptSources }, { source: 'upstream' });
    expect({ changes, refusals }).toEqual({ changes: [], refusals: [] });
  });

  test('as desired: nothing', () => {
    expect(plan(installed)).toMatchObject({ changes: [], later: [], refusals: [] });
  });

  test('files that do not parse bar the package too', () => {
    const broken = plan({ ...fresh, crio: { ...aCrio({ 'a.conf': 'x = [\n' }), binary: '', version: undefined } });
    expect(broken).toMatchObject({ changes: [], refusals: [{ message: expect.stringContaining('a.conf:2:1') }] });
  });

  test('another version of a node comes as a restart; the driver stays', () => {
    const offers = { 'cri-o': { ...offer, candidate: '1.37.0-1.1', versions: ['1.37.0-1.1', '1.36.1-1.1'] } };
    const { changes, later } = plan({ ...installed, ...joined, candidates: offers }, { version: '1.37' });
    expect(changes).toMatchObject([{ kind: 'package', disruption: 'restart', phase: 'switch' }]);
    expect(later.map(({ disruption }) => disruption)).not.toContain('drain');
  });

  test.each([
    [
      'options that beat its files',
      { crio: aCrio(files, { overrides: ['--cgroup-manager=cgroupfs'] }) },
      /beats its files/,
    ],
    ['no unit', { services: {} }, /no unit crio\.service/],
    ['no version', { crio: aCrio(files, { version: undefined }) }, /gives no version/],
  ])('%s: refused', (_, facts, message) => {
    expect(plan({ ...installed, ...facts }).refusals).toMatchObject([{ message: expect.stringMatching(message) }]);
  });

  test('a policy and registries are written where there are none', () => {
    const bare = aCrio(files, {
      registries: [],
      policies: aCrio().policies.map(file => ({ ...file, type: 'absent' })),
    });
    expect(plan({ ...installed, crio: bare }).changes.map(({ target }) => target)).toEqual([
      '/etc/containers/policy.json',
      '/etc/containers/registries.conf.d/crio.conf',
    ]);
  });

  test('what it makes at its first start is made before that, so that it can go again', () => {
    const services = { 'crio.service': aService({ activeState: 'inactive', unitFileState: 'disabled' }) };
    const ownDirectories = aCrio().ownDirectories.map(file => ({ ...file, type: 'absent' as const }));
    const { changes } = plan({ ...installed, cri: {}, services, crio: aCrio(files, { ownDirectories }) });
    expect(changes.map(({ id }) => id)).toEqual([
      'directory:/etc/crio/auth',
      'directory:/etc/crio/policies',
      'directory:/etc/cni/net.d',
      'directory:/opt/cni/bin',
      'service:crio.service',
    ]);
  });
});

describe('CRI-O of a bundle that nodeprep installed, where its package is asked for', () => {
  const program = '/usr/local/bin/crio';
  const unitPath = '/usr/local/lib/systemd/system/crio.service';
  const ofBundle = {
    ...fresh,
    archives: { crio: { sha256: 'a'.repeat(64), files: [program], changed: [] } },
    crio: aCrio({ '10-crio.conf': handlersText }, { binary: program, unitFile: aFile(unitPath, unitText) }),
    cri: installed.cri,
    services: { 'crio.service': aService({ fragmentPath: unitPath }) },
  } as const;

  test.each(['distribution', 'upstream'] as const)('is not kept without a word: %s', source => {
    const { changes, later, refusals } = plan(ofBundle, { source });
    expect({ changes, later }).toEqual({ changes: [], later: [] });
    expect(refusals).toMatchObject([
      {
        message: `CRI-O 1.36.1 of its archive is on this host, and the inventory asks for cri-o (runtime.source: ${source}): nodeprep does not move a host from one to the other`,
        hint: expect.stringMatching(/^Keep it with runtime\.source: archive; or .* nodeprep reset/),
      },
    ]);
  });

  test('what nodeprep has no record of stays, as before', () => {
    const { changes, refusals } = plan({ ...ofBundle, archives: {} });
    expect(refusals).toEqual([]);
    expect(changes.map(({ kind }) => kind)).not.toContain('package');
  });
});
