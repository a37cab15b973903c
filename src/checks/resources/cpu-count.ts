import { defineCheck } from '../check.ts';

/** kubeadm's NumCPU, which it asks of control planes only. */
const controlPlaneCpus = 2;

export const cpuCount = defineCheck({
  id: 'cpu-count',
  title: 'The host has enough CPUs',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#before-you-begin',
  needs: ['resources'],
  evaluate({ resources }, desired) {
    const wanted = desired.role === 'control-plane' ? controlPlaneCpus : 1;
    const observed = `${resources.cpus} ${resources.cpus === 1 ? 'CPU' : 'CPUs'}`;
    if (resources.cpus >= wanted) return { status: 'pass', observed };
    return {
      status: 'fail',
      message: `a ${desired.role} needs ${wanted} CPUs`,
      observed,
      expected: `${wanted} or more`,
      remedy: 'give the machine more CPUs, or the host another role',
      fixedByApply: false,
    };
  },
});
