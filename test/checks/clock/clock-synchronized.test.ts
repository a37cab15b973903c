import { clockSynchronized } from '../../../src/checks/clock/clock-synchronized.ts';
import { testCheck } from '../../check-tester.ts';
import { machine, nspawn } from '../facts.ts';

const facts = (synchronized: boolean | null, container = machine) => ({
  container,
  clock: { epochSeconds: 1, aheadSeconds: 0, uncertaintySeconds: 1, synchronized },
});

testCheck(clockSynchronized, {
  pass: [{ name: 'synchronised', facts: facts(true) }],
  fail: [{ name: 'not', facts: facts(false), severity: 'warning' }],
  skip: [{ name: 'a container', facts: facts(false, nspawn), reason: /container/ }],
  unknown: [{ name: 'nothing says', facts: facts(null), reason: /neither systemd-timesyncd nor chrony/ }],
});
