import { defineProofCheck } from '../check.ts';

export const sandboxRuns = defineProofCheck({
  id: 'sandbox-runs',
  title: 'A pod sandbox runs, in a cgroup of the planned driver',
  severity: 'error',
  source: 'docs/checks.md#sandbox-runs',
  evaluate(proof, desired) {
    if (proof.outcome === 'ran') {
      const { cgroup, handlers = [] } = proof;
      return {
        status: 'pass',
        observed: `${cgroup}${handlers.length === 0 ? '' : `; by the handlers ${handlers.join(', ')} too`}`,
      };
    }
    if (proof.outcome === 'skipped') return { status: 'skip', reason: `no sandbox was started: ${proof.reason}` };
    return {
      status: 'fail',
      message: proof.reason,
      observed: 'no sandbox that ran as planned',
      expected: `a sandbox of ${desired.runtime.sandboxImage} in a cgroup of the driver ${desired.runtime.cgroupDriver}`,
      remedy:
        'read what the runtime says on the host (journalctl -u containerd), repair that, then nodeprep apply again',
      fixedByApply: false,
    };
  },
});
