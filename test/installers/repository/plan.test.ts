import { describe, expect, test } from 'vitest';
import type { FileChange } from '../../../src/changes/change.ts';
import type { DesiredRuntime } from '../../../src/core/desired.ts';
import type { AptSources } from '../../../src/facts/apt-sources.ts';
import { planRepository } from '../../../src/installers/repository/plan.ts';
import { debian } from '../../../src/os/debian.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { bareFacts, now } from '../../plan/facts.ts';

const dockerKey = '9DC858229FC7DD38854AE2D88D81803C0EBFCD88';
const sources = '/etc/apt/sources.list.d/nodeprep-docker.sources';
const key = '/etc/apt/keyrings/nodeprep-docker.gpg';

interface Row {
  readonly apt?: Partial<AptSources>;
  readonly runtime?: Partial<DesiredRuntime>;
  readonly os?: Partial<typeof bareFacts.osRelease>;
}

const planned = ({ apt = {}, runtime = {}, os = {} }: Row = {}) =>
  planRepository(
    { ...bareFacts, sources: { ...bareFacts.aptSources, ...apt }, osRelease: { ...bareFacts.osRelease, ...os } },
    desiredNode({ runtime: { source: 'upstream', ...runtime } }),
    debian,
  );

const textOf = (row: Row = {}): string => {
  const file = planned(row).changes.find((change): change is FileChange => change.kind === 'file');
  return file?.after.state === 'file' ? file.after.text : '';
};

const keyOf = (row: Row = {}) => planned(row).changes.find(({ kind }) => kind === 'repository-key');

const there = (expiresAtSeconds: number | null = null, fingerprint = dockerKey): Partial<AptSources> => ({
  entries: [],
  own: [aFile(sources, textOf()), aFile(key, 'the key')],
  keys: { [key]: [{ fingerprint, expiresAtSeconds }] },
});

describe('a repository that is not there', () => {
  test('comes as key, source and lists, in that order', () => {
    expect(planned().changes.map(({ kind, target }) => `${kind} ${target}`)).toEqual([
      `repository-key ${key}`,
      `file ${sources}`,
      `package-lists ${sources}`,
    ]);
    expect(keyOf()).toMatchObject({
      fingerprint: dockerKey,
      key: { from: 'url', url: 'https://download.docker.com/linux/debian/gpg' },
    });
    expect(textOf()).toBe(`# Written by nodeprep; the next \`nodeprep apply\` overwrites changes made here.
Types: deb
URIs: https://download.docker.com/linux/debian
Suites: trixie
Components: stable
Signed-By: ${key}
`);
  });

  test('a mirror is one line: suite, components, and where the key is follow, and its fingerprint stays', () => {
    const row = { runtime: { repository: { url: 'https://mirror.example.com/docker-ce/linux/debian/' } } };
    expect(textOf(row)).toContain('URIs: https://mirror.example.com/docker-ce/linux/debian\nSuites: trixie\n');
    expect(keyOf(row)).toMatchObject({
      fingerprint: dockerKey,
      key: { url: 'https://mirror.example.com/docker-ce/linux/debian/gpg' },
    });
  });

  test('of CRI-O: one for each minor version, flat', () => {
    expect(textOf({ runtime: { name: 'cri-o' } })).toMatch(
      /URIs: https:\/\/\S+\/v1\.34\/deb\/\nSuites: \/\nSigned-By: /,
    );
    expect(textOf({ runtime: { name: 'cri-o', version: '1.36.1' } })).toMatch(/\/v1\.36\/deb\/\n/);
    expect(keyOf({ runtime: { name: 'cri-o' } })).toMatchObject({
      path: '/etc/apt/keyrings/nodeprep-cri-o.gpg',
      fingerprint: '85B67D5C50100B1AC8CEFE49CBA9C85640A2B579',
      key: { url: expect.stringMatching(/\/v1\.34\/deb\/Release\.key$/) },
    });
  });

  test.each<[string, Row, RegExp]>([
    ['a distribution that docker.com has no packages for', { os: { id: 'devuan' } }, /ID=devuan/],
    ['a distribution without a codename', { os: { codename: undefined } }, /VERSION_CODENAME/],
    ['Mirantis without a repository', { runtime: { name: 'mirantis' } }, /the inventory has to name/],
    [
      'a directory in the place of the source',
      { apt: { own: [{ ...aFile(sources, 'x'), type: 'directory', sha256: undefined }] } },
      /is a directory/,
    ],
  ])('%s is refused', (_what, row, words) => {
    const { changes, refusals } = planned(row);
    expect(changes).toEqual([]);
    expect(refusals).toMatchObject([{ code: 'plan-refused', message: expect.stringMatching(words) }]);
  });
});

describe('a repository that is there', () => {
  const entry = {
    path: '/etc/apt/sources.list.d/docker.list',
    uri: 'https://download.docker.com/linux/debian/',
    suite: 'trixie',
    components: ['stable'],
  };

  test('ours, as it should be', () => {
    expect(planned({ apt: there() })).toEqual({ changes: [], refusals: [], originals: {} });
    expect(planned({ apt: there(now + 1) }).changes).toEqual([]);
  });

  test.each([
    ['another key', there(null, 'F'.repeat(40)), ['repository-key', 'package-lists']],
    ['a key that expired', there(now - 1), ['repository-key', 'package-lists']],
    ['no key', { ...there(), own: [aFile(sources, textOf())], keys: {} }, ['repository-key', 'package-lists']],
    [
      'another address',
      { ...there(), own: [aFile(sources, 'Types: deb\n'), aFile(key, 'the key')] },
      ['file', 'package-lists'],
    ],
  ])('ours, with %s', (_what, apt, kinds) => {
    expect(planned({ apt }).changes.map(({ kind }) => kind)).toEqual(kinds);
  });

  test("somebody else's is used, and no second one is added: apt stops at two keys for one suite", () => {
    expect(planned({ apt: { entries: [entry] } })).toEqual({ changes: [], refusals: [], originals: {} });
  });

  test("somebody else's without the component is refused with its file", () => {
    const { refusals } = planned({ apt: { entries: [{ ...entry, components: ['test'] }] } });
    expect(refusals).toMatchObject([{ message: expect.stringContaining('/etc/apt/sources.list.d/docker.list') }]);
  });

  test('another suite of the same address is another one', () => {
    expect(planned({ apt: { entries: [{ ...entry, suite: 'bookworm' }] } }).changes).toHaveLength(3);
  });
});
