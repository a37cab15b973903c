import { defineCheck } from '../check.ts';
import { needsOfRuntime, runtimeFacts, runtimeOf } from '../runtimes/index.ts';
import { nothingInForce } from '../support/runtime-state.ts';

export const sandboxImage = defineCheck({
  id: 'sandbox-image',
  title: 'The sandbox image in force is the planned one',
  // A wrong tag works wherever it can be pulled; kubeadm logs the difference.
  severity: 'warning',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#override-pause-image-containerd',
  needs: runtimeFacts,
  needsOn: needsOfRuntime(),
  fixable: true,
  evaluate(facts, desired) {
    const nothing = nothingInForce(facts, desired);
    if (nothing !== undefined) return nothing;
    const { label, sandboxImageInForce } = runtimeOf(desired);
    const inForce = sandboxImageInForce(facts);
    if (!inForce.known) return { status: 'unknown', reason: inForce.reason };
    const { value, from } = inForce.value;
    if (value === desired.runtime.sandboxImage) return { status: 'pass', observed: `${value} (${from})` };
    return {
      status: 'fail',
      message: `sandbox image of ${label} is ${value}, the plan is ${desired.runtime.sandboxImage}`,
      observed: `in force: ${value} (${from})`,
      expected: desired.runtime.sandboxImage,
      remedy: `nodeprep apply (restarts ${label})`,
      fixedByApply: true,
    };
  },
});
