import { defineCheck } from '../check.ts';
import { needsOfRuntime, runtimeFacts, runtimeOf } from '../runtimes/index.ts';
import { isInstalled } from '../runtimes/runtime-view.ts';

export const runtimeInstalled = defineCheck({
  id: 'runtime-installed',
  title: 'A container runtime is installed',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/',
  needs: runtimeFacts,
  needsOn: needsOfRuntime(),
  fixable: true,
  evaluate(facts, desired) {
    const view = runtimeOf(desired);
    const found = view.installed(facts);
    if (isInstalled(found)) {
      return { status: 'pass', observed: `${found.binary}, version ${found.version ?? 'not told'}` };
    }
    return {
      status: 'fail',
      message: 'no container runtime',
      observed: found.observed,
      expected: view.label,
      remedy: 'nodeprep apply installs it',
      fixedByApply: true,
    };
  },
});
