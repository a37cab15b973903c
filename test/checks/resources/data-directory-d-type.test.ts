import { dataDirectoryDType } from '../../../src/checks/resources/data-directory-d-type.ts';
import { testCheck } from '../../check-tester.ts';
import { dataDirectoryFact } from '../facts.ts';

const facts = (dType: boolean | null) => ({ dataDirectory: dataDirectoryFact({ fsType: 'xfs', dType }) });

testCheck(dataDirectoryDType, {
  pass: [{ name: 'ftype=1', facts: facts(true), observed: '/var/lib/containerd on /var (xfs)' }],
  fail: [{ name: 'ftype=0', facts: facts(false), remedy: /mkfs\.xfs -n ftype=1/ }],
  unknown: [{ name: 'not told', facts: facts(null), reason: /cannot tell/ }],
});
