import { runtimePackagesHeld } from '../../../src/checks/runtime/runtime-packages-held.ts';
import type { OsRelease } from '../../../src/facts/os-release.ts';
import type { Packages } from '../../../src/facts/packages.ts';
import { testCheck } from '../../check-tester.ts';
import { bareFacts } from '../../plan/facts.ts';

const osRelease: OsRelease = bareFacts.osRelease;
const rocky: OsRelease = { ...osRelease, id: 'rocky', idLike: ['rhel', 'centos', 'fedora'] };
const facts = (
  installed: Packages['installed'],
  held: readonly string[] = [],
  release = osRelease,
  manager: Packages['manager'] = 'apt',
) => ({ osRelease: release, packages: { manager, installed, held, broken: [], listsUpdatedSeconds: 0 } });

const docker = { runtime: { name: 'docker' } } as const;
const ofDebian = { containerd: '1.7.24~ds1-6', runc: '1.1.15-1' };

testCheck(runtimePackagesHeld, {
  pass: [
    {
      name: 'containerd and its runc',
      facts: facts(ofDebian, ['containerd', 'runc']),
      observed: 'held: containerd 1.7.24~ds1-6, runc 1.1.15-1',
    },
    { name: 'containerd of upstream', facts: facts({ 'containerd.io': '2.2.1-1' }, ['containerd.io']) },
  ],
  fail: [
    {
      name: 'as the distribution left them',
      facts: facts(ofDebian),
      message: /^an upgrade of the host moves containerd, runc too/,
      observed: 'not held: containerd 1.7.24~ds1-6, runc 1.1.15-1',
      remedy: 'apt-mark hold containerd runc; or nodeprep apply, which holds them',
      fixedByApply: true,
    },
    {
      name: 'the engine held, what it runs on not',
      facts: facts({ ...ofDebian, 'docker.io': '26.1.5', 'cri-dockerd': '0.4.0' }, ['docker.io', 'runc']),
      desired: docker,
      observed: 'not held: containerd 1.7.24~ds1-6, cri-dockerd 0.4.0',
      fixedByApply: true,
    },
    {
      name: 'of another source than the inventory asks for',
      facts: facts({ 'containerd.io': '2.2.1-1' }),
      remedy: 'apt-mark hold containerd.io',
      fixedByApply: false,
    },
    {
      name: 'by dnf',
      facts: facts({ 'docker-ce': '3:29.0-1', 'containerd.io': '2.2.1-1' }, [], rocky, 'dnf'),
      desired: { runtime: { name: 'docker', source: 'upstream' } },
      remedy: /^dnf versionlock add docker-ce containerd\.io; or/,
    },
  ],
  skip: [
    { name: 'an archive', facts: facts({}), reason: 'no package brought the runtime' },
    { name: 'runc alone', facts: facts({ runc: '1.1.15-1' }), reason: 'no package brought the runtime' },
    { name: 'no package manager', facts: facts({}, [], osRelease, 'none'), reason: /no holds/ },
    {
      name: 'an unknown distribution',
      facts: facts({}, [], { ...osRelease, id: 'alpine', idLike: [] }),
      reason: /no holds/,
    },
  ],
});
