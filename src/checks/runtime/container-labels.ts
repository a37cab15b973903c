import type { DesiredNode } from '../../core/desired.ts';
import { defineCheck } from '../check.ts';
import { needsOfRuntime, runtimeFacts, runtimeOf } from '../runtimes/index.ts';
import { nothingInForce } from '../support/runtime-state.ts';

/** docs/adr/0025-selinux.md says why this is the inventory's to decide. */
export const containerLabels = defineCheck({
  id: 'container-labels',
  title: 'Containers get SELinux labels where SELinux is enforcing',
  severity: 'warning',
  source: 'https://kubernetes.io/docs/concepts/security/linux-kernel-security-constraints/#selinux',
  needs: [...runtimeFacts, 'selinux'],
  needsOn: needsOfRuntime('selinux'),
  fixable: true,
  evaluate(facts, desired) {
    const { mode } = facts.selinux;
    if (mode === 'off') return { status: 'skip', reason: 'this host runs without SELinux' };
    if (mode === 'permissive')
      return { status: 'skip', reason: 'SELinux is permissive, and denies containers nothing' };
    if (desired.runtime.selinux === false)
      return { status: 'skip', reason: 'the inventory says runtime.selinux: false' };
    const nothing = nothingInForce(facts, desired);
    if (nothing !== undefined) return nothing;
    const { label, labelsInForce } = runtimeOf(desired);
    const inForce = labelsInForce(facts);
    if (!inForce.known) return { status: 'unknown', reason: inForce.reason };
    const { value, from } = inForce.value;
    if (value) return { status: 'pass', observed: `labels (${from})` };
    const isAsked = desired.runtime.selinux === true;
    return {
      status: 'fail',
      message: `SELinux is enforcing, and ${label} gives containers no labels: one that breaks out is confined no further than ${label} itself`,
      observed: `in force: no labels (${from})`,
      expected: isAsked ? 'labels, as the inventory says' : 'labels, or runtime.selinux: false in the inventory',
      remedy: isAsked ? `nodeprep apply (${disturbs(label)})` : askForLabels(label, desired),
      fixedByApply: isAsked,
    };
  },
});

const disturbs = (label: string): string =>
  `restarts ${label}, and drains a node of a cluster first, since containers keep the label that they were started with`;

/** kubeadm gives its static pods no label of their own: https://github.com/kubernetes/kubernetes/pull/49328 */
const askForLabels = (label: string, { role }: DesiredNode): string => {
  const first =
    role === 'control-plane'
      ? 'etcd and the API server of kubeadm would be denied their files, so give their static pods a label first (seLinuxOptions: { type: spc_t }); then '
      : '';
  return `${first}runtime.selinux: true in the inventory, then nodeprep apply (${disturbs(label)}); a labelled container is denied paths of the host that are not labelled for containers, so try it on one node`;
};
