import { defineCheck } from '../check.ts';
import { containerdUnit } from '../support/containerd-in-force.ts';
import { noContainerd } from '../support/containerd-only.ts';

export const runtimeRunning = defineCheck({
  id: 'runtime-running',
  title: 'The container runtime runs',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/',
  needs: ['containerd', 'services'],
  fixable: true,
  evaluate({ containerd, services }, desired) {
    const absent = noContainerd(containerd, desired);
    if (absent !== undefined) return absent;
    const unit = containerdUnit(services);
    if (unit?.activeState === 'active') {
      return { status: 'pass', observed: `containerd.service is active, process ${unit.mainPid}` };
    }
    // A unit that failed has a reason that starting it again does not remove.
    const stopped = unit?.activeState === 'inactive' && ['loaded', 'masked'].includes(unit.loadState);
    return {
      status: 'fail',
      message: 'containerd does not run',
      observed: `containerd.service: ${unit === undefined ? 'not asked for' : `${unit.activeState} (${unit.subState})`}`,
      expected: 'containerd.service: active',
      remedy: stopped
        ? 'nodeprep apply, or by hand: systemctl start containerd'
        : 'look for the reason: journalctl -u containerd',
      fixedByApply: stopped,
    };
  },
});
