import { distributionKnown } from '../../../src/checks/system/distribution-known.ts';
import { testCheck } from '../../check-tester.ts';

const container = { kind: null, readOnlySysctls: false };

const facts = (id: string, ...idLike: readonly string[]) => ({
  container,
  osRelease: { id, idLike, versionId: undefined, codename: undefined, prettyName: `The ${id}` },
});

testCheck(distributionKnown, {
  pass: [
    { name: 'Debian', facts: facts('debian'), observed: 'The debian is of the family debian' },
    {
      name: 'Debian with a /usr that a hook makes writable',
      facts: { ...facts('debian'), container: { ...container, readOnlySystem: true } },
      observed: /family debian/,
    },
    { name: 'like Debian by way of Ubuntu', facts: facts('pop', 'ubuntu', 'debian'), observed: /family debian/ },
  ],
  fail: [
    { name: 'like nothing', facts: facts('gentoo'), observed: 'ID=gentoo, ID_LIKE=not set in os-release' },
    {
      name: 'a system that is changed as a whole',
      facts: { ...facts('opensuse-microos', 'suse', 'opensuse'), container: { ...container, readOnlySystem: true } },
      observed: '/usr is mounted read-only',
    },
    { name: 'like what is not known', facts: facts('artix', 'arch'), observed: /ID_LIKE=arch/ },
  ],
});
