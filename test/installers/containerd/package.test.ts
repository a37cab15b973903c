import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../../src/core/observed.ts';
import { type PackageFacts, planPackage } from '../../../src/installers/containerd/package.ts';
import { unitText } from '../../../src/installers/containerd/unit.ts';
import { matchesPrefix, upstreamOf } from '../../../src/installers/package-version.ts';
import { debian } from '../../../src/os/debian.ts';
import type { OsFamily } from '../../../src/os/os-family.ts';
import { suse } from '../../../src/os/suse.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { aService, bareFacts, noContainerd, now } from '../../plan/facts.ts';

const installedAs = (version: string, held: readonly string[] = []): Partial<PackageFacts> => ({
  packages: { ...bareFacts.packages, installed: { containerd: version }, held },
  containerd: { ...noContainerd, binary: '/usr/bin/containerd', version: upstreamOf(version) },
});

const withRunc = {
  ...installedAs('1.7.24~ds1-6'),
  packages: { ...bareFacts.packages, installed: { containerd: '1.7.24~ds1-6', runc: '1.1.15-1' } },
};

const unpackaged = (version: string | undefined): Partial<PackageFacts> => ({
  containerd: { ...noContainerd, binary: '/usr/local/bin/containerd', version },
});

const offers = (...versions: readonly string[]): PackageFacts['candidates'] =>
  known({ containerd: { candidate: versions[0] ?? null, versions, kept: [] } });

const planned = (
  facts: Partial<PackageFacts>,
  version?: string,
  source: 'distribution' | 'upstream' = 'distribution',
  os: OsFamily = debian,
) => {
  const { packages, containerd, clock, candidates } = bareFacts;
  const all = {
    ...{ packages, containerd, clock, candidates: known(candidates), joined: false },
    ...{ packageNeeds: known([]), runtimeContents: known({ tasks: [], data: [] }), archives: known({}), services: {} },
    ...facts,
  };
  return planPackage(
    all,
    desiredNode({ runtime: { source, ...(version === undefined ? {} : { version }) } }).runtime,
    os,
  );
};

describe('a version that no kubelet speaks to', () => {
  // openEuler's before 24.03.
  test('is refused where it is all that there is', () => {
    const { changes, refusals } = planned({ candidates: offers('1.2.0-319.oe2203sp3') });
    expect(changes).toEqual([]);
    expect(refusals).toMatchObject([
      {
        message: expect.stringContaining('containerd 1.2.0-319.oe2203sp3 of source distribution does not speak CRI v1'),
        hint: expect.stringContaining('runtime.source: upstream'),
      },
    ]);
  });

  test('is not in the way of a newer one', () => {
    expect(planned({ candidates: offers('1.6.22-15.oe2403') }).refusals).toEqual([]);
  });
});

describe('which version', () => {
  test.each<[string, Partial<PackageFacts>, string | undefined, object | undefined]>([
    [
      'the candidate',
      {},
      undefined,
      {
        version: '1.7.24~ds1-6+deb13u1',
        range: null,
        holds: ['containerd', 'runc'],
        before: null,
        phase: 'stage',
        disruption: 'none',
      },
    ],
    [
      'the best of the line that is asked for',
      {},
      '1.7',
      {
        version: '1.7.24~ds1-6+deb13u1',
        range: '1.7',
        holds: ['containerd', 'runc'],
        summary: 'containerd 1.7.24~ds1-6+deb13u1, held',
      },
    ],
    [
      'exactly the one that is asked for',
      {},
      '1.7.24~ds1-6+b4',
      { version: '1.7.24~ds1-6+b4', holds: ['containerd', 'runc'] },
    ],
    [
      'lists that are older than a day',
      { packages: { ...bareFacts.packages, listsUpdatedSeconds: now - 86_401 } },
      '1.7',
      { version: null, range: '1.7' },
    ],
    [
      'no lists',
      { packages: { ...bareFacts.packages, listsUpdatedSeconds: null } },
      undefined,
      { version: null, range: null },
    ],
    ['candidates that were not read', { candidates: unknown('timeout') }, undefined, { version: null }],
    ['installed and fit', installedAs('1.7.24~ds1-6+b4', ['containerd']), undefined, undefined],
    ['there without a package, which stays as it is', unpackaged('2.2.0'), undefined, undefined],
    ['there without a package, in the line that is asked for', unpackaged('2.2.0'), '2.2', undefined],
    [
      'there without a package, on a host of another package manager',
      { ...unpackaged('2.2.0'), packages: { ...bareFacts.packages, manager: 'none' } },
      undefined,
      undefined,
    ],
    ['installed, fit and held', installedAs('1.7.24~ds1-6+b4', ['containerd']), '1.7', undefined],
    ['installed and fit, to be held', installedAs('1.7.24~ds1-6+b4'), '1.7', { kind: 'hold', name: 'containerd' }],
    [
      'installed, with no version asked for, to be held',
      installedAs('1.7.24~ds1-6+b4'),
      undefined,
      {
        ...{ kind: 'hold', hold: true, phase: 'stage', disruption: 'none', reversible: true },
        summary: 'containerd held at 1.7.24~ds1-6+b4',
        because: 'upgrades of the host would move it, and the runtime with it',
      },
    ],
    [
      'held, and what it runs on not',
      { ...withRunc, packages: { ...withRunc.packages, held: ['containerd'] } },
      undefined,
      { kind: 'hold', name: 'runc', summary: 'runc held at 1.1.15-1' },
    ],
    [
      'with what it runs on, which is on offer too',
      {
        candidates: known({
          ...bareFacts.candidates,
          runc: { candidate: '1.1.15-1', versions: ['1.1.15-1'], kept: [] },
        }),
      },
      undefined,
      { summary: 'containerd 1.7.24~ds1-6+deb13u1, held with runc' },
    ],
    [
      'an upgrade whose old version nobody offers',
      installedAs('1.7.20~ds1-1'),
      '1.7.24',
      {
        before: '1.7.20~ds1-1',
        phase: 'switch',
        disruption: 'restart',
        reversible: false,
        summary: 'containerd 1.7.24~ds1-6+deb13u1, held (was 1.7.20~ds1-1, which is not on offer any more)',
      },
    ],
    [
      'an upgrade whose old version is on offer',
      { ...installedAs('1.7.24~ds1-6+b4'), candidates: offers('2.1.9+ds1-5', '1.7.24~ds1-6+b4') },
      '2.1',
      { version: '2.1.9+ds1-5', reversible: true, summary: 'containerd 2.1.9+ds1-5, held (was 1.7.24~ds1-6+b4)' },
    ],
    [
      'an upgrade whose old version apt has kept',
      {
        ...installedAs('1.7.20~ds1-1'),
        candidates: known({ containerd: { candidate: '2.1.9', versions: ['2.1.9'], kept: ['1.7.20~ds1-1'] } }),
      },
      '2.1',
      { version: '2.1.9', reversible: true },
    ],
    [
      'an upgrade by lists that are too old to tell what is on offer: the guard on the host sees to the way back',
      {
        ...installedAs('1.7.20~ds1-1'),
        packages: { ...bareFacts.packages, installed: { containerd: '1.7.20~ds1-1' }, listsUpdatedSeconds: null },
      },
      '1.7.24',
      { version: null, range: '1.7.24', reversible: true },
    ],
    [
      'an upgrade of a package that somebody held',
      { ...installedAs('1.7.24~ds1-6+b4', ['containerd']), candidates: offers('2.1.9', '1.7.24~ds1-6+b4') },
      '2.1',
      { holds: ['containerd', 'runc'], summary: 'containerd 2.1.9, held (was 1.7.24~ds1-6+b4, held)' },
    ],
    [
      'an older revision of the same upstream version, which reads the same data',
      {
        ...installedAs('1.7.24~ds1-6+deb13u1'),
        candidates: offers('1.7.24~ds1-6+deb13u1', '1.7.24~ds1-6+b4'),
      },
      '1.7.24~ds1-6+b4',
      { version: '1.7.24~ds1-6+b4', reversible: true, disruption: 'restart' },
    ],
  ])('%s', (_, facts, version, expected) => {
    const { changes, refusals } = planned(facts, version);
    expect(refusals).toEqual([]);
    expect(changes).toEqual(expected === undefined ? [] : [expect.objectContaining(expected)]);
  });
});

describe('refused', () => {
  test.each<[string, Partial<PackageFacts>, string | undefined, RegExp]>([
    [
      'a version that is not on offer, with those that are',
      {},
      '2.1',
      /containerd 2\.1 is not on offer.*1\.7\.24~ds1-6\+deb13u1, 1\.7\.24~ds1-6\+b4/,
    ],
    ['a package that nobody offers', { candidates: known({}) }, undefined, /not on offer: .* have nothing/],
    ['a downgrade', installedAs('2.1.9+ds1-5'), '1.7', /does not downgrade/],
    [
      'another version than the program that no package brought, with both',
      unpackaged('2.2.0'),
      '2.1',
      /\/usr\/local\/bin\/containerd is containerd 2\.2\.0, which no package brought, .* asks for 2\.1/,
    ],
    ['a newer one too: an upgrade of it takes more than a package', unpackaged('2.2.0'), '2.3', /asks for 2\.3/],
    ['a version where that of the program is unknown', unpackaged(undefined), '2.2', /of unknown version/],
    [
      'a package without a program',
      { ...installedAs('1.7.24'), containerd: noContainerd },
      undefined,
      /no containerd program/,
    ],
    [
      'half-installed packages',
      { packages: { ...bareFacts.packages, broken: ['runc'] } },
      undefined,
      /half-installed: runc/,
    ],
    ['another package manager', { packages: { ...bareFacts.packages, manager: 'dnf' } }, undefined, /managed by dnf/],
    [
      'yum, which is past its time',
      { packages: { ...bareFacts.packages, manager: 'yum' } },
      undefined,
      /managed by yum, which releases past their end of life have \(CentOS 7, Amazon Linux 2\); nodeprep needs dnf/,
    ],
  ])('%s', (_, facts, version, message) => {
    const { changes, refusals } = planned(facts, version);
    expect(changes).toEqual([]);
    expect(refusals).toMatchObject([{ code: 'plan-refused', message: expect.stringMatching(message) }]);
  });
});

describe("in place of another source's", () => {
  const ofUpstream = (version: string): Partial<PackageFacts> => ({
    packages: { ...bareFacts.packages, installed: { 'containerd.io': `${version}-1` } },
    containerd: { ...noContainerd, binary: '/usr/bin/containerd', version },
    candidates: offers('1.7.24~ds1-6'),
  });
  const io = known({
    'containerd.io': { candidate: '2.2.0-1', versions: ['2.2.0-1', '1.7.28-1', '1.6.9-1'], kept: [] },
  });

  test('containerd.io for the package of the distribution, and what it brings itself', () => {
    const { changes, refusals, migration } = planned({ ...withRunc, candidates: io }, '1.7', 'upstream');
    expect(refusals).toEqual([]);
    expect(changes).toMatchObject([
      {
        name: 'containerd.io',
        version: '1.7.28-1',
        before: null,
        removes: ['containerd', 'runc'],
        phase: 'switch',
        needsNoSandboxes: true,
        summary: 'containerd.io 1.7.28-1, held, in place of containerd 1.7.24~ds1-6, runc 1.1.15-1',
      },
    ]);
    expect(migration).toEqual({
      from: ['containerd 1.7.24~ds1-6, runc 1.1.15-1'],
      to: 'containerd',
      asked: 'containerd.io (runtime.source: upstream)',
      effects: [
        'containerd.io comes in place of containerd 1.7.24~ds1-6, runc 1.1.15-1',
        'configuration, images and data stay',
      ],
    });
  });

  test('by zypper too', () => {
    const packages = {
      ...bareFacts.packages,
      manager: 'zypper',
      installed: { containerd: '1.7.24-1', runc: '1.1.15-1' },
    } as const;
    const { changes, refusals } = planned({ ...withRunc, packages, candidates: io }, '1.7', 'upstream', suse);
    expect(refusals).toEqual([]);
    expect(changes).toMatchObject([{ name: 'containerd.io', manager: 'zypper', removes: ['containerd', 'runc'] }]);
  });

  test('the package of the distribution for containerd.io', () => {
    const { changes, refusals, migration } = planned(ofUpstream('1.7.20'));
    expect(refusals).toEqual([]);
    expect(changes).toMatchObject([{ name: 'containerd', version: '1.7.24~ds1-6', removes: ['containerd.io'] }]);
    expect(migration?.asked).toBe('containerd (runtime.source: distribution)');
  });

  test('a program that no package brought stays, and so does the runc beside it', () => {
    const packages = { ...bareFacts.packages, installed: { runc: '1.1.15-1' } };
    expect(planned({ ...unpackaged('2.2.0'), packages }, undefined, 'upstream')).toEqual({
      ...{ changes: [], leaving: [], refusals: [] },
    });
  });

  test.each<[string, Partial<PackageFacts>, string | undefined, 'distribution' | 'upstream', RegExp]>([
    [
      'an older one',
      { ...withRunc, candidates: io },
      '1.6',
      'upstream',
      /^containerd 1\.7\.24 is there and 1\.6\.9-1 is asked for/,
    ],
    [
      'an older one of the distribution',
      ofUpstream('2.2.0'),
      undefined,
      'distribution',
      /^containerd 2\.2\.0 is there and 1\.7\.24~ds1-6 is asked for/,
    ],
    [
      'one of the distribution that nobody knows yet',
      { ...ofUpstream('2.2.0'), candidates: unknown('timeout') },
      undefined,
      'distribution',
      /whatever the distribution has is asked for/,
    ],
    [
      'what something else needs',
      {
        ...withRunc,
        candidates: io,
        packageNeeds: known([{ needed: 'runc', by: 'podman', depends: 'runc (>= 1.0)' }]),
      },
      '1.7',
      'upstream',
      /cannot be beside containerd\.io, .* and podman needs runc \(>= 1\.0\)/,
    ],
    [
      'while it runs containers of others',
      {
        ...withRunc,
        candidates: io,
        runtimeContents: known({ tasks: [{ namespace: 'default', id: 'db' }], data: [] }),
      },
      '1.7',
      'upstream',
      /containerd runs containers that Kubernetes does not own, and they would stop: default\/db/,
    ],
  ])('not %s', (_, facts, version, source, message) => {
    const { changes, refusals } = planned(facts, version, source);
    expect(changes).toEqual([]);
    expect(refusals).toMatchObject([{ code: 'plan-refused', message: expect.stringMatching(message) }]);
  });
});

test.each([
  ['1.7.24~ds1-6+b4', '1.7', true],
  ['1.7.24~ds1-6+b4', '1.7.24', true],
  ['1.7.24~ds1-6+b4', '1.7.2', false],
  ['1.7.24~ds1-6+b4', '1', true],
  ['1.7.24~ds1-6+b4', '1.7.24~ds1-6+b4', true],
  ['1:2.1.9-1', '2.1', true],
  ['1.7.28-0ubuntu1~24.04.1', '1.7.28-0ubuntu1', true],
  ['2.1.9+ds1-5', '2.1.9', true],
  ['2.10.0-1', '2.1', false],
])('%s as %s: %s', (version, wanted, expected) => {
  expect(matchesPrefix(version, wanted)).toBe(expected);
});

describe('in place of an archive that nodeprep installed', () => {
  const unitPath = '/usr/local/lib/systemd/system/containerd.service';
  const record = (path: string, changed: readonly string[] = []) => ({
    sha256: path.at(-1)?.repeat(64) ?? '',
    files: [path],
    changed,
  });
  const ofArchive = (rest: Partial<PackageFacts> = {}): Partial<PackageFacts> => ({
    containerd: {
      ...noContainerd,
      ...{ binary: '/usr/local/bin/containerd', version: '2.2.0', unitFile: aFile(unitPath, unitText) },
    },
    archives: known({
      containerd: record('/usr/local/bin/containerd'),
      runc: record('/usr/local/sbin/runc'),
      cniPlugins: record('/opt/cni/bin/loopback'),
    }),
    services: { 'containerd.service': { ...aService(), fragmentPath: unitPath } },
    candidates: known({ 'containerd.io': { candidate: '2.2.1-1', versions: ['2.2.1-1', '1.7.28-1'], kept: [] } }),
    ...rest,
  });

  test('it stops, its files go, and the package comes; CNI plugins stay', () => {
    const { leaving, changes, refusals, migration } = planned(ofArchive(), undefined, 'upstream');
    expect(refusals).toEqual([]);
    expect(leaving.map(({ id }) => id)).toEqual([
      'service:containerd.service',
      `file:${unitPath}`,
      'archive-removal:containerd',
      'archive-removal:runc',
    ]);
    for (const change of leaving) {
      expect(change).toMatchObject({
        phase: 'switch',
        needsNoSandboxes: true,
        reversible: true,
        disruption: 'restart',
      });
      expect(change.settings).toHaveLength(1);
    }
    expect(changes).toMatchObject([
      {
        name: 'containerd.io',
        phase: 'switch',
        holds: ['containerd.io'],
        summary: 'containerd.io 2.2.1-1, held, in place of containerd 2.2.0 of its archive',
      },
    ]);
    expect(changes[0]).not.toHaveProperty('removes');
    expect(migration).toEqual({
      from: ['containerd 2.2.0 of its archive'],
      to: 'containerd',
      asked: 'containerd.io (runtime.source: upstream)',
      effects: [
        'containerd.io comes in place of containerd 2.2.0 of its archive',
        'configuration, images and data stay',
      ],
    });
  });

  test('on a node that runs pods it takes a drain', () => {
    const { leaving, changes } = planned(ofArchive({ joined: true }), undefined, 'upstream');
    expect(new Set([...leaving, ...changes].map(({ disruption }) => disruption))).toEqual(new Set(['drain']));
  });

  test.each<[string, Partial<PackageFacts>, string | undefined, RegExp]>([
    ['an older one', {}, '1.7', /^containerd 2\.2\.0 is there and 1\.7\.28-1 is asked for/],
    [
      'where somebody has changed it since',
      { archives: known({ containerd: record('/usr/local/bin/containerd', ['/usr/local/bin/containerd']) }) },
      undefined,
      /has been changed since: \/usr\/local\/bin\/containerd; nodeprep does not take it away/,
    ],
    ['where nobody can tell whose it is', { archives: unknown('timeout') }, undefined, /is unknown: timeout/],
    [
      'under a unit of somebody else',
      { services: { 'containerd.service': { ...aService(), fragmentPath: '/etc/systemd/system/containerd.service' } } },
      undefined,
      /^containerd\.service is \/etc\/systemd\/system\/containerd\.service, which nodeprep did not write/,
    ],
    [
      'while it runs containers of others',
      { runtimeContents: known({ tasks: [{ namespace: 'default', id: 'db', pid: 7 }], data: [] }) },
      undefined,
      /default\/db/,
    ],
  ])('it is refused: %s', (_, facts, version, said) => {
    const { changes, leaving, refusals } = planned(ofArchive(facts), version, 'upstream');
    expect({ changes, leaving }).toEqual({ changes: [], leaving: [] });
    expect(refusals.map(({ message }) => message).join()).toMatch(said);
  });
});
