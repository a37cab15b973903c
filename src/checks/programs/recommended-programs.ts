import type { DesiredNode } from '../../core/desired.ts';
import { isAtLeast } from '../../core/versions.ts';
import { defineCheck } from '../check.ts';

export const recommendedPrograms = defineCheck({
  id: 'recommended-programs',
  title: 'Programs that kubeadm recommends are there',
  severity: 'warning',
  source: 'https://kubernetes.io/docs/reference/setup-tools/kubeadm/implementation-details/#preflight-checks',
  needs: ['tools'],
  evaluate({ tools }, desired) {
    const programs = programsFor(desired);
    const missing = programs.filter(name => (tools[name] ?? null) === null);
    if (missing.length === 0) return { status: 'pass', observed: programs.join(', ') };
    return {
      status: 'fail',
      message: `kubeadm warns for want of ${missing.join(', ')}`,
      observed: `not in root's PATH: ${missing.join(', ')}`,
      expected: programs.join(', '),
      remedy: `install the packages of ${missing.join(', ')}`,
      fixedByApply: false,
    };
  },
});

/** kube-proxy ran conntrack until 1.31. */
const programsFor = ({ kubernetesVersion }: DesiredNode): readonly string[] => [
  'ebtables',
  'ethtool',
  'socat',
  'tc',
  'touch',
  ...(isAtLeast(kubernetesVersion, '1.32') ? [] : ['conntrack']),
];
