import { defineCheck } from '../check.ts';

/** What kubeadm's preflight blocks on. */
const programs = ['ip', 'iptables', 'mount', 'nsenter'];

export const requiredPrograms = defineCheck({
  id: 'required-programs',
  title: 'Programs that kubeadm asks for are there',
  severity: 'error',
  source: 'https://kubernetes.io/docs/reference/setup-tools/kubeadm/implementation-details/#preflight-checks',
  needs: ['clusterState', 'tools'],
  evaluate({ clusterState, tools }) {
    const missing = programs.filter(name => (tools[name] ?? null) === null);
    if (missing.length === 0) return { status: 'pass', observed: programs.join(', ') };
    // The kubelet's package depends on iptables and brings it.
    const comesLater = clusterState.kubeletVersion === undefined && missing.every(name => name === 'iptables');
    return {
      status: 'fail',
      message: comesLater
        ? 'iptables is missing; it comes with the package of the kubelet'
        : `kubeadm stops for want of ${missing.join(', ')}`,
      observed: `not in root's PATH: ${missing.join(', ')}`,
      expected: programs.join(', '),
      remedy:
        'install the packages iproute2 (ip), iptables, mount and util-linux (nsenter), as far as they are missing',
      fixedByApply: false,
      severity: comesLater ? 'warning' : 'error',
    };
  },
});
