import { describe, expect, test } from 'vitest';
import { mirrorRpm } from '../../../src/installers/package-mirror/rpm.ts';

const mirror = 'https://mirrors.example.com';
const mark = `# nodeprep apply has put this mirror in the place of the addresses that were here: ${mirror}\n`;
const path = '/etc/yum.repos.d/distribution.repo';

const mirrored = (text: string, to = mirror) => {
  const found = mirrorRpm({ path, text }, to, 'dnf');
  if (!found.ok) throw new Error(found.refusal.message);
  return found;
};

/** Abridged from the packages of the distributions. */
const rocky = `# rocky.repo
[baseos]
name=Rocky Linux $releasever - BaseOS
mirrorlist=https://mirrors.rockylinux.org/mirrorlist?arch=$basearch&repo=BaseOS-$releasever$rltype
#baseurl=http://dl.rockylinux.org/$contentdir/$releasever/BaseOS/$basearch/os/
gpgcheck=1
enabled=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-Rocky-9

[baseos-source]
name=Rocky Linux $releasever - BaseOS - Source
mirrorlist=https://mirrors.rockylinux.org/mirrorlist?arch=source&repo=BaseOS-$releasever-source$rltype
#baseurl=http://dl.rockylinux.org/$contentdir/$releasever/BaseOS/source/tree/
gpgcheck=1
enabled=0
`;

describe('repositories of dnf', () => {
  test('a list of mirrors becomes a comment, and the address that was one names the mirror; what is disabled stays', () => {
    const { text, repositories } = mirrored(rocky);
    expect(repositories).toEqual(['baseos']);
    expect(text).toBe(
      mark +
        rocky
          .replace('mirrorlist=', '#mirrorlist=')
          .replace(
            'BaseOS/$basearch/os/\n',
            () => `BaseOS/$basearch/os/\nbaseurl=${mirror}/rockylinux/$releasever/BaseOS/$basearch/os/\n`,
          ),
    );
    expect(mirrored(text)).toEqual({ ok: true, text, repositories: [] });
    const other = 'https://other.example.com/m';
    expect(mirrored(text, other).text).toBe(text.replaceAll(mirror, other));
  });

  test.each([
    [
      'baseurl=https://repo.almalinux.org/almalinux/$releasever/BaseOS/$basearch/os/',
      'almalinux/$releasever/BaseOS/$basearch/os/',
    ],
    [
      '#baseurl=http://download.example/pub/fedora/linux/releases/$releasever/Everything/$basearch/os/\nmetalink=https://mirrors.fedoraproject.org/metalink?repo=fedora-$releasever&arch=$basearch',
      'fedora/releases/$releasever/Everything/$basearch/os/',
    ],
    [
      'metalink=https://mirrors.centos.org/metalink?repo=centos-baseos-$stream&arch=$basearch&protocol=https,http',
      'centos-stream/$stream/BaseOS/$basearch/os/',
    ],
    [
      'baseurl=http://repo.openeuler.org/openEuler-24.03-LTS/OS/$basearch/\nmetalink=https://mirrors.openeuler.org/metalink?repo=$releasever/OS',
      'openeuler/openEuler-24.03-LTS/OS/$basearch/',
    ],
    [
      'baseurl=https://download.docker.com/linux/centos/$releasever/$basearch/stable',
      'docker-ce/linux/centos/$releasever/$basearch/stable',
    ],
    [
      'baseurl=http://download.opensuse.org/distribution/leap/$releasever/repo/oss/',
      'opensuse/distribution/leap/$releasever/repo/oss/',
    ],
    ['baseurl=https://pkgs.k8s.io/core:/stable:/v1.34/rpm/', 'kubernetes/core:/stable:/v1.34/rpm/'],
  ])('%s', (lines, place) => {
    const { text } = mirrored(`[one]\nname=one\n${lines}\ngpgcheck=1\n`);
    expect(text).toMatch(/^\[one\]$/m);
    expect(text.split('\n').filter(line => line.startsWith('baseurl='))).toEqual([`baseurl=${mirror}/${place}`]);
    expect(text).not.toMatch(/^(metalink|mirrorlist)=/m);
  });

  test("somebody's own stays", () => {
    const text = '[own]\nname=own\nbaseurl=https://packages.example.com/el9/\ngpgcheck=0\n';
    expect(mirrored(text)).toEqual({ ok: true, text, repositories: [] });
  });

  test('one whose packages need no signature does not move to a mirror that is asked by http', () => {
    const text = rocky.replace('gpgcheck=1', 'gpgcheck=0');
    expect(mirrorRpm({ path, text }, 'http://m', 'dnf')).toMatchObject({
      ok: false,
      refusal: { message: expect.stringMatching(/packages of baseos are taken without a signature/) },
    });
  });

  /** zypp.conf(5), gpgcheck: `on` unless somebody switches it off; the files of openSUSE do not say it again. */
  test.each([
    ['zypper', '', true],
    ['zypper', 'gpgcheck=1\n', true],
    ['zypper', 'gpgcheck=0\n', false],
    ['dnf', '', false],
  ] as const)('of %s with %j a signature is looked at: %s', (manager, line, isSigned) => {
    const text = `[repo-oss]\nenabled=1\nbaseurl=http://download.opensuse.org/distribution/leap/15.6/repo/oss/\n${line}`;
    expect(mirrorRpm({ path, text }, 'http://m', manager).ok).toBe(isSigned);
  });
});
