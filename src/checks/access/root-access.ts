import { defineCheck } from '../check.ts';

export const rootAccess = defineCheck({
  id: 'root-access',
  title: 'Root can be had',
  // The host may be in order all the same: what could not be read says so itself, and apply refuses.
  severity: 'warning',
  source: 'https://kubernetes.io/docs/reference/setup-tools/kubeadm/implementation-details/#preflight-checks',
  needs: ['access'],
  evaluate({ access }) {
    if (access.root) return { status: 'pass', observed: access.uid === 0 ? 'root' : `root by sudo for ${access.user}` };
    return {
      status: 'fail',
      message: `root cannot be had: ${access.reason.replace(/\.$/, '')}`,
      observed: `user ${access.user}, id ${access.uid}`,
      expected: 'root by login or by sudo',
      remedy: `set sudo.password in the inventory, or allow it: ${access.user} ALL=(root) NOPASSWD: /bin/sh`,
      fixedByApply: false,
    };
  },
});
