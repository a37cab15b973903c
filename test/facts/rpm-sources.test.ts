import { expect, test } from 'vitest';
import { candidates } from '../../src/facts/candidates.ts';
import { parseIni } from '../../src/facts/ini.ts';
import { rpmSources } from '../../src/facts/rpm-sources.ts';
import { armoured, keyBytes } from '../openpgp-keys.ts';
import { answer, asRoot, files, knownValue } from './answers.ts';

const own = '/etc/yum.repos.d/nodeprep-docker.repo';
const key = '/etc/pki/rpm-gpg/nodeprep-docker.asc';

test('repositories that are enabled, with all their addresses; files and keys of ours', () => {
  const value = knownValue(
    rpmSources.parse(
      {
        manager: answer('manager dnf\n'),
        files: files({
          [own]: '[nodeprep-docker]\nbaseurl=https://download.docker.com/linux/centos/9/$basearch/stable\n',
          '/etc/yum.repos.d/rocky.repo': `[baseos]
name=Rocky Linux $releasever - BaseOS
mirrorlist=https://mirrors.example.com/mirrorlist?arch=$basearch&repo=BaseOS-$releasever
#baseurl=https://dl.example.com/$contentdir/$releasever/BaseOS/$basearch/os/
gpgcheck=1
enabled=1

[site]
baseurl = https://a.example.com/x/
  https://b.example.com/x/

[baseos-debuginfo]
baseurl=https://dl.example.com/debug/
enabled=0
`,
          [key]: armoured(keyBytes('year')),
        }),
      },
      asRoot,
    ),
  );
  expect(value.entries.map(({ id, urls }) => [id, ...urls])).toEqual([
    ['nodeprep-docker', 'https://download.docker.com/linux/centos/9/$basearch/stable'],
    ['baseos'],
    ['site', 'https://a.example.com/x/', 'https://b.example.com/x/'],
  ]);
  expect(value.own.map(({ path }) => path)).toEqual([own, key]);
  expect(value.keys[key]?.map(({ fingerprint }) => fingerprint)).toEqual(['E1DC682EE2D283254075B4E5419695EE0BBC6BDC']);
});

test('zypper reads a directory of its own, and dnf beside it another one', () => {
  const text = '[oss]\nbaseurl=http://example.com/oss\n';
  const both = files({ '/etc/zypp/repos.d/oss.repo': text, '/etc/yum.repos.d/other.repo': text });
  const value = knownValue(rpmSources.parse({ manager: answer('manager zypper\n'), files: both }, asRoot));
  expect(value).toMatchObject({ manager: 'zypper', entries: [{ path: '/etc/zypp/repos.d/oss.repo', id: 'oss' }] });
  expect(value.entries).toHaveLength(1);
});

test('a host without dnf cannot tell', () => {
  expect(() => rpmSources.parse({ manager: answer('manager none\n'), files: files({}) }, asRoot)).toThrow(
    'this host has neither dnf nor zypper',
  );
});

test('comments, sections and the last of a key', () => {
  const [main] = parseIni('; c\n[main]\nA = 1\n# A=2\na=3\r\nb=x\n\ty\n');
  expect([...(main?.values ?? [])]).toEqual([
    ['a', '3'],
    ['b', 'x y'],
  ]);
});

test('what dnf 4.23 has on offer, newest first (recorded)', () => {
  const text =
    'offer container-selinux 2:2.235.0-1.el9\n\noffer containerd.io 1.7.23-3.1.el9\n\noffer containerd.io 1.7.24-3.1.el9\n\n';
  expect(knownValue(candidates.parse({ policy: answer(text) }, asRoot))).toEqual({
    'container-selinux': { candidate: '2:2.235.0-1.el9', versions: ['2:2.235.0-1.el9'], kept: [] },
    'containerd.io': {
      candidate: '1.7.24-3.1.el9',
      versions: ['1.7.24-3.1.el9', '1.7.23-3.1.el9'],
      kept: [],
    },
  });
});

test('what zypper 1.14.89 has on offer, newest first (recorded; the last two lines are synthetic)', () => {
  const text = `<?xml version='1.0'?>
<stream>
<message type="info">Loading repository data...</message>
<message type="info">Reading installed packages...</message>

<search-result version="0.0">
<solvable-list>
<solvable status="other-version" name="containerd.io" kind="package" edition="1.7.24-3.1.el9" arch="x86_64" repository="docker packages for nodeprep"/>
<solvable status="installed" name="containerd.io" kind="package" edition="1.7.23-3.1.el9" arch="x86_64" repository="docker packages for nodeprep"/>
<solvable status="installed" name="runc" kind="package" edition="1.2.6-150000.1" arch="x86_64" repository="(System Packages)"/>
<solvable status="not-installed" name="runc" kind="pattern" edition="1.3" arch="noarch" repository="oss"/>
</solvable-list>
</search-result>
</stream>
`;
  expect(knownValue(candidates.parse({ policy: answer(text) }, asRoot))).toEqual({
    'containerd.io': { candidate: '1.7.24-3.1.el9', versions: ['1.7.24-3.1.el9', '1.7.23-3.1.el9'], kept: [] },
  });
});

test('zypper finds none of the packages', () => {
  const none = '<?xml version="1.0"?>\n<stream>\n<message type="info">No matching items found.</message>\n</stream>\n';
  expect(knownValue(candidates.parse({ policy: answer(none) }, asRoot))).toEqual({});
});
