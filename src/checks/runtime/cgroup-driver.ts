import { defineCheck } from '../check.ts';
import { needsOfRuntime, runtimeFacts, runtimeOf } from '../runtimes/index.ts';
import { nothingInForce } from '../support/runtime-state.ts';

export const cgroupDriver = defineCheck({
  id: 'cgroup-driver',
  title: 'The cgroup driver in force is the planned one',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#cgroup-drivers',
  needs: runtimeFacts,
  needsOn: needsOfRuntime(),
  fixable: true,
  evaluate(facts, desired) {
    const nothing = nothingInForce(facts, desired);
    if (nothing !== undefined) return nothing;
    const { label, driversInForce } = runtimeOf(desired);
    const inForce = driversInForce(facts);
    if (!inForce.known) return { status: 'unknown', reason: inForce.reason };

    const { value: handlers, from } = inForce.value;
    const wanted = desired.runtime.cgroupDriver;
    if (handlers.length === 0) {
      return { status: 'skip', reason: `no handler of ${label} has a cgroup driver (${from})` };
    }
    const told = handlers.map(handler => `${handler.driver} for handler ${handler.name}`).join(', ');
    const wrong = handlers.filter(handler => handler.driver !== wanted);
    if (wrong.length === 0) return { status: 'pass', observed: `${told} (${from})` };
    const names = wrong.map(handler => handler.name).join(', ');
    return {
      status: 'fail',
      message: `cgroup driver of ${label} is ${wanted === 'systemd' ? 'cgroupfs' : 'systemd'} for ${names}, the plan is ${wanted}`,
      observed: `in force: ${told} (${from})`,
      expected: `${wanted} for every handler that runs runc, since the kubelet uses ${wanted}`,
      remedy: `nodeprep apply (restarts ${label})`,
      fixedByApply: true,
    };
  },
});
