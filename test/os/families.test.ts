import { describe, expect, test } from 'vitest';
import type { OsRelease } from '../../src/facts/os-release.ts';
import { osFamilyOf } from '../../src/os/index.ts';

const release = (id: string, idLike = '', versionId = '9'): OsRelease => ({
  id,
  idLike: idLike === '' ? [] : idLike.split(' '),
  versionId,
  codename: undefined,
  prettyName: id,
});

// ID and ID_LIKE as these distributions have them.
describe('the family of a distribution', () => {
  test.each([
    ['debian', '', 'debian', 'apt', 'debian'],
    ['ubuntu', 'debian', 'debian', 'apt', 'ubuntu'],
    ['linuxmint', 'ubuntu debian', 'debian', 'apt', undefined],
    ['rhel', 'fedora', 'rhel', 'dnf', 'rhel'],
    ['rocky', 'rhel centos fedora', 'rhel', 'dnf', 'centos'],
    ['almalinux', 'rhel centos fedora', 'rhel', 'dnf', 'centos'],
    ['centos', 'rhel fedora', 'rhel', 'dnf', 'centos'],
    ['ol', 'fedora', 'rhel', 'dnf', 'centos'],
    ['eurolinux', 'rhel fedora centos', 'rhel', 'dnf', undefined],
    ['fedora', '', 'fedora', 'dnf', 'fedora'],
    ['amzn', 'fedora', 'amazon', 'dnf', undefined],
    ['openEuler', '', 'openeuler', 'dnf', undefined],
    ['sles', 'suse', 'suse', 'zypper', undefined],
    ['opensuse-leap', 'suse opensuse', 'suse', 'zypper', undefined],
    ['opensuse-tumbleweed', 'opensuse suse', 'suse', 'zypper', undefined],
  ])('%s (like %s) is %s', (id, idLike, family, manager, docker) => {
    const found = osFamilyOf(release(id, idLike));
    expect({ id: found?.id, manager: found?.packageManager }).toEqual({ id: family, manager });
    expect(found?.dockerDirectory(release(id, idLike))).toBe(docker);
  });

  test.each([
    ['arch', ''],
    ['alpine', ''],
  ])('%s is of none', (id, idLike) => {
    expect(osFamilyOf(release(id, idLike))).toBeUndefined();
  });

  test('Red Hat has no containerd of its own, Fedora has', () => {
    expect(osFamilyOf(release('rocky'))?.packages.containerd).toBeUndefined();
    expect(osFamilyOf(release('fedora'))?.packages.containerd).toBe('containerd');
  });

  // As their own repositories call them.
  test.each([
    ['fedora', '', 'containerd', 'moby-engine'],
    ['amzn', 'fedora', 'containerd', 'docker'],
    ['openEuler', '', 'containerd', 'moby-engine'],
    ['opensuse-leap', 'suse opensuse', 'containerd', 'docker'],
    ['rocky', 'rhel centos fedora', undefined, undefined],
  ])('%s has containerd and Docker of its own', (id, idLike, containerd, docker) => {
    expect(osFamilyOf(release(id, idLike))?.packages).toEqual({ containerd, docker });
  });
});
