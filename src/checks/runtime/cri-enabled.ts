import { containerdSocket, servesNoCri } from '../../facts/containerd-in-force.ts';
import type { CriAnswer } from '../../facts/cri.ts';
import { defineCheck, type Verdict } from '../check.ts';
import { disabledCriPlugins, isRunning } from '../support/containerd-in-force.ts';
import { noContainerd } from '../support/containerd-only.ts';

export const criEnabled = defineCheck({
  id: 'cri-enabled',
  title: 'containerd answers CRI',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#containerd',
  needs: ['containerd', 'cri', 'services'],
  fixable: true,
  evaluate({ containerd, cri, services }, desired) {
    const absent = noContainerd(containerd, desired);
    if (absent !== undefined) return absent;
    const answer = cri[containerdSocket];
    const disabled = disabledCriPlugins(containerd);
    if (disabled.length > 0) return disabledVerdict(disabled, answer);
    if (!isRunning(services)) return { status: 'skip', reason: 'needs a runtime: containerd does not run' };
    return answer === undefined
      ? { status: 'unknown', reason: `nothing listens at ${containerdSocket}` }
      : told(answer);
  },
});

const disabledVerdict = (disabled: readonly string[], answer: CriAnswer | undefined): Verdict => ({
  status: 'fail',
  message: answer?.answered
    ? 'the configuration disables CRI from the next restart of containerd'
    : "the configuration disables CRI, as Docker's package ships it",
  observed: `disabled_plugins names ${disabled.join(', ')}`,
  expected: 'disabled_plugins without the CRI plugin',
  remedy: 'nodeprep apply (restarts containerd)',
  fixedByApply: true,
});

const told = (answer: CriAnswer): Verdict => {
  if (answer.answered)
    return { status: 'pass', observed: `${answer.runtimeName} ${answer.runtimeVersion} answers CRI` };
  if (!servesNoCri(answer)) return { status: 'unknown', reason: `CRI: ${answer.reason}` };
  return {
    status: 'fail',
    message: 'containerd runs, but its CRI plugin did not load',
    observed: answer.reason,
    expected: 'an answer over CRI',
    remedy: 'look for the reason: ctr plugins ls, and journalctl -u containerd',
    fixedByApply: false,
  };
};
