import { dataDirectoryOptions } from '../../../src/checks/resources/data-directory-options.ts';
import { testCheck } from '../../check-tester.ts';
import { dataDirectoryFact } from '../facts.ts';

const facts = (...options: readonly string[]) => ({ dataDirectory: dataDirectoryFact({ options }) });

testCheck(dataDirectoryOptions, {
  pass: [{ name: 'usual', facts: facts('rw', 'nodev', 'relatime'), observed: '/var: rw,nodev,relatime' }],
  fail: [
    { name: 'noexec', facts: facts('rw', 'noexec'), severity: 'warning', remedy: /^mount -o remount,exec \/var,/ },
    {
      name: 'nosuid',
      facts: facts('rw', 'nosuid'),
      message: '/var is mounted nosuid (setuid programs in containers lose their rights)',
    },
    { name: 'read-only', facts: facts('ro', 'noexec'), severity: 'error', remedy: /remount,rw,exec/ },
  ],
});
