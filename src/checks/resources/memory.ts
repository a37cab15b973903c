import { defineCheck } from '../check.ts';

/** kubeadm's Mem of control planes; its documentation asks every machine for 2 GB. */
const minimumMib = 1700;

export const memory = defineCheck({
  id: 'memory',
  title: 'The host has enough memory',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#before-you-begin',
  needs: ['resources'],
  evaluate({ resources }, desired) {
    const totalMib = Math.floor(resources.memTotalKib / 1024);
    const observed = `${totalMib} MiB`;
    if (totalMib >= minimumMib) return { status: 'pass', observed };
    return {
      status: 'fail',
      message: `${totalMib} MiB of memory leave little room for pods on a ${desired.role}`,
      observed,
      expected: `${minimumMib} MiB or more`,
      remedy: 'give the machine more memory',
      fixedByApply: false,
      severity: desired.role === 'control-plane' ? 'error' : 'warning',
    };
  },
});
