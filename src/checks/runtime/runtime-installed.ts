import { defineCheck } from '../check.ts';
import { otherRuntime } from '../support/containerd-only.ts';

export const runtimeInstalled = defineCheck({
  id: 'runtime-installed',
  title: 'A container runtime is installed',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/',
  needs: ['containerd'],
  fixable: true,
  evaluate({ containerd }, desired) {
    const other = otherRuntime(desired);
    if (other !== undefined) return other;
    if (containerd.binary !== '') {
      return { status: 'pass', observed: `${containerd.binary}, version ${containerd.version ?? 'not told'}` };
    }
    return {
      status: 'fail',
      message: 'no container runtime',
      observed: 'no containerd on this host',
      expected: 'containerd',
      remedy: 'nodeprep apply installs it',
      fixedByApply: true,
    };
  },
});
