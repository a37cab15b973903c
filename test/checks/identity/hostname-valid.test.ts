import { hostnameValid } from '../../../src/checks/identity/hostname-valid.ts';
import { testCheck } from '../../check-tester.ts';
import { identityFact } from '../facts.ts';

const facts = (hostname: string) => ({ identity: identityFact({ hostname }) });

testCheck(hostnameValid, {
  pass: [
    { name: 'plain', facts: facts('worker-1') },
    { name: 'with a domain', facts: facts('worker-1.example.com') },
    { name: 'digits first', facts: facts('1a') },
    { name: '63 characters', facts: facts('a'.repeat(63)) },
  ],
  fail: [
    { name: '64 characters', facts: facts('a'.repeat(64)), severity: 'error', message: /64 characters/ },
    {
      name: 'upper case, which the kubelet lowers',
      facts: facts('Worker-1'),
      severity: 'warning',
      message: /will be called worker-1/,
    },
    { name: 'underscore, which kubeadm lets pass', facts: facts('worker_1'), severity: 'error' },
    { name: 'upper case and underscore', facts: facts('Worker_1'), severity: 'error' },
    { name: 'ends with a dash', facts: facts('worker-'), severity: 'error' },
    { name: 'empty label', facts: facts('worker..example'), severity: 'error' },
    { name: 'localhost', facts: facts('localhost'), severity: 'error' },
    { name: 'localhost.localdomain', facts: facts('localhost.localdomain'), severity: 'error' },
    { name: 'empty', facts: facts(''), severity: 'error', observed: 'no hostname' },
  ],
});
