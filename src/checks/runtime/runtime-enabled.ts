import { defineCheck } from '../check.ts';
import { containerdUnit } from '../support/containerd-in-force.ts';
import { noContainerd } from '../support/containerd-only.ts';

export const runtimeEnabled = defineCheck({
  id: 'runtime-enabled',
  title: 'The container runtime starts at boot',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/',
  needs: ['containerd', 'services'],
  fixable: true,
  evaluate({ containerd, services }, desired) {
    const absent = noContainerd(containerd, desired);
    if (absent !== undefined) return absent;
    const unit = containerdUnit(services);
    const state = unit?.unitFileState === '' ? unit.loadState : unit?.unitFileState;
    if (state === 'enabled') return { status: 'pass', observed: 'containerd.service is enabled' };
    return {
      status: 'fail',
      message: 'containerd does not start at boot',
      observed: `containerd.service: ${state ?? 'not asked for'}`,
      expected: 'containerd.service: enabled',
      remedy:
        state === 'not-found'
          ? 'install the unit of containerd'
          : 'nodeprep apply, or by hand: systemctl enable containerd',
      fixedByApply: state === 'disabled' || state === 'masked',
    };
  },
});
