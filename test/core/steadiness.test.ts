import { expect, test } from 'vitest';
import { unsteady } from '../../src/core/steadiness.ts';

const runs = { activeState: 'active', subState: 'running', mainPid: 7, restarts: 0 };

test.each([
  ['it stays', runs, undefined],
  ['it is gone', { ...runs, activeState: 'failed', subState: 'failed', mainPid: 0 }, /it is failed \(failed\)/],
  ['systemd brought it back', { ...runs, mainPid: 9, restarts: 1 }, /started it again as process 9/],
  [
    'it waits for its restart',
    { ...runs, activeState: 'activating', subState: 'auto-restart', mainPid: 0 },
    /auto-restart/,
  ],
  ['its unit went', undefined, /it is gone; its last words are in journalctl -u crio$/],
] as const)('%s', (_, after, said) => {
  const reason = unsteady('crio.service', runs, after);
  if (said === undefined) expect(reason).toBeUndefined();
  else expect(reason).toMatch(said);
});
