import { describe, expect, test } from 'vitest';
import type { DesiredRuntime } from '../../../src/core/desired.ts';
import type { RpmSources } from '../../../src/facts/rpm-sources.ts';
import { planRepository } from '../../../src/installers/repository/plan.ts';
import { amazon } from '../../../src/os/amazon.ts';
import { rhel } from '../../../src/os/rhel.ts';
import { suse } from '../../../src/os/suse.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { bareFacts, now } from '../../plan/facts.ts';

const dockerKey = '060A61C51B558A7F742B77AAC52FEB6B621E9F35';
const sources = '/etc/yum.repos.d/nodeprep-docker.repo';
const key = '/etc/pki/rpm-gpg/nodeprep-docker.asc';

interface Row {
  readonly rpm?: Partial<RpmSources>;
  readonly runtime?: Partial<DesiredRuntime>;
  readonly id?: string;
}

const planned = ({ rpm = {}, runtime = {}, id = 'rocky' }: Row = {}) =>
  planRepository(
    {
      ...bareFacts,
      sources: { manager: 'dnf', files: [], entries: [], own: [], keys: {}, ...rpm },
      osRelease: { id, idLike: [], versionId: '9.6', codename: undefined, prettyName: 'Rocky Linux 9.6' },
    },
    desiredNode({ runtime: { source: 'upstream', ...runtime } }),
    id === 'amzn' ? amazon : rhel,
  );

const textOf = (row: Row = {}): string => {
  const [file] = planned(row).changes.flatMap(change => (change.kind === 'file' ? [change] : []));
  return file?.after.state === 'file' ? file.after.text : '';
};

describe('a repository for dnf', () => {
  test('comes as key, source and lists, in that order', () => {
    const { changes } = planned();
    expect(changes.map(({ kind, target }) => `${kind} ${target}`)).toEqual([
      `repository-key ${key}`,
      `file ${sources}`,
      `package-lists ${sources}`,
    ]);
    expect(changes[0]).toMatchObject({
      manager: 'dnf',
      fingerprint: dockerKey,
      key: { from: 'url', url: 'https://download.docker.com/linux/centos/gpg' },
    });
    expect(textOf()).toBe(`# Written by nodeprep; the next \`nodeprep apply\` overwrites changes made here.
[nodeprep-docker]
name=docker packages for nodeprep
baseurl=https://download.docker.com/linux/centos/9/$basearch/stable
enabled=1
gpgcheck=1
gpgkey=file://${key}
skip_if_unavailable=0
`);
  });

  test('of zypper has its directory and its words', () => {
    const runtime = { repository: { url: 'https://packages.example.com/sles' } };
    const { changes, refusals } = planRepository(
      {
        ...bareFacts,
        sources: { manager: 'zypper', entries: [], files: [], own: [], keys: {} },
        osRelease: { id: 'sles', idLike: ['suse'], versionId: '15.6', codename: undefined, prettyName: 'SLES 15 SP6' },
      },
      desiredNode({ runtime: { source: 'upstream', ...runtime } }),
      suse,
    );
    const [file] = changes.flatMap(change => (change.kind === 'file' ? [change] : []));
    expect({ refusals, path: file?.path }).toEqual({
      refusals: [],
      path: '/etc/zypp/repos.d/nodeprep-docker.repo',
    });
    expect(file?.after).toMatchObject({
      text: `# Written by nodeprep; the next \`nodeprep apply\` overwrites changes made here.
[nodeprep-docker]
name=docker packages for nodeprep
baseurl=https://packages.example.com/sles/15/$basearch/stable
enabled=1
gpgcheck=1
gpgkey=file://${key}
repo_gpgcheck=0
pkg_gpgcheck=1
autorefresh=1
type=rpm-md
`,
    });
    expect(changes[0]).toMatchObject({ manager: 'zypper', fingerprint: dockerKey });
  });

  test('has a section for each component', () => {
    const text = textOf({ runtime: { repository: { components: ['stable', 'test'] } } });
    expect(text).toContain('[nodeprep-docker]\n');
    expect(text).toContain('[nodeprep-docker-test]\n');
    expect(text).toContain('/9/$basearch/test\n');
  });

  test('of CRI-O is flat', () => {
    const runtime = { name: 'cri-o', version: '1.34' } as const;
    expect(textOf({ runtime })).toContain(
      'baseurl=https://download.opensuse.org/repositories/isv:/cri-o:/stable:/v1.34/rpm/\n',
    );
    expect(planned({ runtime }).changes[0]).toMatchObject({
      key: { url: 'https://download.opensuse.org/repositories/isv:/cri-o:/stable:/v1.34/rpm/repodata/repomd.xml.key' },
    });
  });

  test('where docker.com has none it has to be named', () => {
    const [refusal] = planned({ id: 'amzn' }).refusals;
    expect(refusal?.message).toBe('docker.com has no packages for this distribution: Rocky Linux 9.6 (ID=amzn)');
    expect(refusal?.hint).toContain('runtime: { repository: { url: …, suite: … } }');
  });

  test('that is as it should be stays, until its key expires', () => {
    const there = (expiresAtSeconds: number | null) =>
      planned({
        rpm: {
          own: [aFile(sources, textOf()), aFile(key, 'the key')],
          keys: { [key]: [{ fingerprint: dockerKey, expiresAtSeconds }] },
        },
      }).changes.map(({ kind }) => kind);
    expect(there(null)).toEqual([]);
    expect(there(now - 1)).toEqual(['repository-key', 'package-lists']);
  });

  test.each([
    ['https://download.docker.com/linux/centos/$releasever/$basearch/stable', []],
    ['https://download.docker.com/linux/centos/9/$basearch/stable/', []],
    ['https://download.docker.com/linux/centos/8/$basearch/stable', ['repository-key', 'file', 'package-lists']],
  ])("somebody else's with %s", (url, kinds) => {
    const rpm = { entries: [{ path: '/etc/yum.repos.d/docker-ce.repo', id: 'docker-ce-stable', urls: [url] }] };
    expect(planned({ rpm }).changes.map(({ kind }) => kind)).toEqual(kinds);
  });
});
