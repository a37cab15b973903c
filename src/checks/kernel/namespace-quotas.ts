import type { NamespaceKind } from '../../facts/namespaces.ts';
import { defineCheck } from '../check.ts';

/** Without these no pod starts; the others cost single features. */
const essential: readonly NamespaceKind[] = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'];

export const namespaceQuotas = defineCheck({
  id: 'namespace-quotas',
  title: 'Namespaces may be made',
  severity: 'error',
  source: 'https://docs.kernel.org/admin-guide/sysctl/user.html',
  needs: ['namespaces'],
  evaluate({ namespaces }) {
    const barred = namespaces.present.filter(kind => namespaces.quotas[kind] === 0);
    if (barred.length === 0) return { status: 'pass', observed: 'no quota is 0' };
    const isEssential = barred.some(kind => essential.includes(kind));
    const keys = barred.map(kind => `user.max_${kind}_namespaces`);
    return {
      status: 'fail',
      message: isEssential
        ? `no pod can start: ${keys.join(', ')} is 0`
        : `some pods cannot start, such as those with hostUsers: false: ${keys.join(', ')} is 0`,
      observed: keys.map(key => `${key} = 0`).join(', '),
      expected: 'more than 0',
      remedy: `remove the setting from /etc/sysctl.d, then: ${keys.map(key => `sysctl -w ${key}=65536`).join('; ')}`,
      fixedByApply: false,
      severity: isEssential ? 'error' : 'warning',
    };
  },
});
