import { packageState } from '../../../src/checks/system/package-state.ts';
import { testCheck } from '../../check-tester.ts';

const facts = (broken: readonly string[], manager: 'apt' | 'none' = 'apt') => ({
  packages: { manager, installed: {}, held: [], broken, listsUpdatedSeconds: null },
});

testCheck(packageState, {
  pass: [{ name: 'clean', facts: facts([]) }],
  fail: [
    { name: 'half-installed', facts: facts(['linux-image-amd64']), severity: 'warning', observed: 'linux-image-amd64' },
  ],
  skip: [{ name: 'no manager', facts: facts([], 'none'), reason: /no package manager/ }],
});
