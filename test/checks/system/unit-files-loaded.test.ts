import { unitFilesLoaded } from '../../../src/checks/system/unit-files-loaded.ts';
import { testCheck } from '../../check-tester.ts';
import { containerdService } from '../runtime/facts.ts';

testCheck(unitFilesLoaded, {
  pass: [
    { name: 'read', facts: { services: containerdService() } },
    { name: 'no units', facts: { services: {} } },
  ],
  fail: [
    {
      name: 'changed',
      facts: { services: containerdService({ needDaemonReload: true }) },
      severity: 'info',
      observed: 'containerd.service',
    },
  ],
});
