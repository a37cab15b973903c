import { overlaySupported } from '../../../src/checks/kernel/overlay-supported.ts';
import type { Modules } from '../../../src/facts/modules.ts';
import { testCheck } from '../../check-tester.ts';
import { machine, modulesFact, nspawn } from '../facts.ts';

const facts = (modules: Partial<Modules>, container = machine, filesystems: readonly string[] = ['ext4']) => ({
  container,
  filesystems,
  modules: modulesFact({ onDisk: [], ...modules }),
});

testCheck(overlaySupported, {
  pass: [
    { name: 'registered', facts: facts({ support: false }, nspawn, ['ext4', 'overlay']) },
    { name: 'loaded', facts: facts({ loaded: ['overlay'] }) },
    { name: 'built in', facts: facts({ builtin: ['overlay'] }) },
    { name: 'loadable', facts: facts({ onDisk: ['overlay'] }), observed: /first mount loads it/ },
  ],
  fail: [
    { name: 'nowhere', facts: facts({}), remedy: /reboot/, fixedByApply: false },
    {
      name: 'loadable, but not from a container',
      facts: facts({ onDisk: ['overlay'] }, nspawn),
      remedy: /machine around/,
    },
  ],
});
