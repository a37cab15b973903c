import { defineCheck } from '../check.ts';

export const proofsRemoved = defineCheck({
  id: 'proofs-removed',
  title: 'No pod sandbox of a proof is left',
  severity: 'warning',
  source: 'docs/checks.md#sandbox-runs',
  needs: ['cri'],
  evaluate({ cri }) {
    const left = Object.values(cri).reduce((sum, answer) => sum + (answer.answered ? (answer.proofs ?? 0) : 0), 0);
    if (left === 0) return { status: 'pass', observed: 'none' };
    return {
      status: 'fail',
      message: `${left} pod ${left === 1 ? 'sandbox' : 'sandboxes'} of a proof that was killed in between still ${left === 1 ? 'runs' : 'run'}`,
      observed: `${left} with the label nodeprep.io/proof`,
      expected: 'none while no apply is at work',
      remedy: 'nodeprep recover INVENTORY; the next apply that proves something removes it too',
      fixedByApply: false,
    };
  },
});
