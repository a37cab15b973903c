import { uniqueProductUuid } from '../../../src/checks/fleet/unique-product-uuid.ts';
import { testFleetCheck } from '../../check-tester.ts';
import { identityFact, machine, nspawn } from '../facts.ts';

const host = (productUuid: string | null, container = machine) => ({
  container,
  identity: identityFact({ productUuid }),
});
const unread = { container: machine, identity: identityFact({ productUuid: null, productUuidReason: 'needs root' }) };

testFleetCheck(uniqueProductUuid, {
  pass: [
    { name: 'two machines', hosts: { a: host('1'), b: host('2') } },
    { name: 'boards without DMI', hosts: { a: host(null), b: host(null) } },
    {
      name: 'a machine beside the containers on it',
      hosts: { a: host('1'), b: host('2'), c: host('1', nspawn) },
      observed: '2 machines',
    },
  ],
  fail: [
    { name: 'clones', hosts: { a: host('AB'), b: host('ab') }, severity: 'warning', observed: 'ab on a, b' },
    { name: 'clones, and one that could not be read', hosts: { a: host('1'), b: host('1'), c: unread } },
  ],
  skip: [{ name: 'containers', hosts: { a: host('1', nspawn), b: host('1', nspawn) }, reason: /machine around them/ }],
  unknown: [{ name: 'not read without root', hosts: { a: host('1'), b: unread }, reason: 'b: needs root' }],
});
