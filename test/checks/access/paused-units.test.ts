import { pausedUnits } from '../../../src/checks/access/paused-units.ts';
import type { PausedUnit, RunRecord, Runs } from '../../../src/facts/runs.ts';
import { testCheck } from '../../check-tester.ts';

const run = (state: RunRecord['state']): RunRecord => ({
  ...{ runId: 'r-1', state, holder: 'ops@ci-7', startedAtSeconds: 1_790_000_000, changes: 3 },
});
const kubelet: PausedUnit = { unit: 'kubelet.service', runId: 'r-1' };
const facts = (paused: readonly PausedUnit[], runs: readonly RunRecord[] = [], lock?: Runs['lock']) => ({
  runs: { runs, lock, paused },
});
const held = (alive: boolean) => ({ runId: 'r-1', holder: 'ops@ci-7', alive });

testCheck(pausedUnits, {
  pass: [
    { name: 'nothing is paused', facts: facts([]), observed: 'none' },
    { name: 'runs of before that could pause nothing', facts: { runs: { runs: [run('partial')], lock: undefined } } },
  ],
  skip: [
    {
      name: 'the run that stopped it is at work',
      facts: facts([kubelet], [run('unfinished')], held(true)),
      reason: /r-1 is at work and has stopped kubelet\.service/,
    },
  ],
  fail: [
    {
      name: 'after a revert that got stuck',
      facts: facts([kubelet], [run('partial')]),
      message: /^kubelet\.service cannot start, .* run r-1 stopped it/,
      remedy: /runs\/r-1\/journal .* nodeprep rollback INVENTORY --run r-1/,
      observed: '/var/lib/nodeprep/paused/kubelet.service',
      severity: 'error',
      fixedByApply: false,
    },
    {
      name: 'after a run that was killed',
      facts: facts([kubelet], [run('unfinished')], held(false)),
      remedy: 'nodeprep recover INVENTORY',
    },
    {
      name: 'two units',
      facts: facts([kubelet, { unit: 'containerd.service', runId: 'r-1' }], [run('unfinished')]),
      message: /^kubelet\.service, containerd\.service cannot start, .* stopped them/,
    },
    {
      name: 'by a run that is gone',
      facts: facts([kubelet]),
      remedy:
        /rm \/etc\/systemd\/system\/kubelet\.service\.d\/00-nodeprep-paused\.conf .* systemctl start kubelet\.service/,
    },
  ],
});
