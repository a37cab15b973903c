import { dataDirectorySpace } from '../../../src/checks/resources/data-directory-space.ts';
import { testCheck } from '../../check-tester.ts';
import { dataDirectoryFact } from '../facts.ts';

const gib = 1024 ** 3;
const facts = (freeGib: number, freeInodes = 500, totalInodes = 1000) => ({
  dataDirectory: dataDirectoryFact({ freeBytes: freeGib * gib, freeInodes, totalInodes }),
});

testCheck(dataDirectorySpace, {
  pass: [
    {
      name: 'at both limits',
      facts: facts(15, 50),
      observed: '/var/lib/containerd: 15 % of 100 GiB free, 5 % of the inodes',
    },
    { name: 'above', facts: facts(16) },
    { name: 'a file system that counts no inodes', facts: facts(20, 0, 0) },
  ],
  fail: [
    { name: 'just too little space', facts: facts(14.9), severity: 'warning' },
    { name: 'just too few inodes', facts: facts(50, 49) },
  ],
});
