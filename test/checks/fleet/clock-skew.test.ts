import { clockSkew } from '../../../src/checks/fleet/clock-skew.ts';
import { testFleetCheck } from '../../check-tester.ts';

const host = (aheadSeconds: number, uncertaintySeconds = 1) => ({
  clock: { epochSeconds: 1, aheadSeconds, uncertaintySeconds, synchronized: true },
});

testFleetCheck(clockSkew, {
  pass: [
    { name: 'equal', hosts: { a: host(0), b: host(0) } },
    { name: 'at the limit, beyond doubt', hosts: { a: host(0), b: host(0), c: host(31) } },
    { name: 'a control side that is an hour off', hosts: { a: host(3600), b: host(3601), c: host(3599) } },
    { name: 'a slow round trip explains it', hosts: { a: host(0), b: host(0), c: host(60, 30) } },
    { name: 'two hosts, each half way from the middle', hosts: { a: host(0), b: host(62) } },
  ],
  fail: [
    {
      name: 'just beyond',
      hosts: { a: host(0), b: host(0), c: host(31.6) },
      severity: 'warning',
      observed: 'c 31 s ahead',
    },
    { name: 'behind', hosts: { a: host(0), b: host(0), c: host(-100) }, observed: 'c 99 s behind' },
    { name: 'at five minutes', hosts: { a: host(0), b: host(0), c: host(301) }, severity: 'warning' },
    { name: 'beyond five minutes', hosts: { a: host(0), b: host(0), c: host(302) }, severity: 'error' },
  ],
});
