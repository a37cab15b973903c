import type { NamespaceKind } from '../../facts/namespaces.ts';
import { defineCheck } from '../check.ts';

/** Every pod has one of each. */
const needed: readonly NamespaceKind[] = ['ipc', 'mnt', 'net', 'pid', 'uts'];

export const namespaces = defineCheck({
  id: 'namespaces',
  title: 'The kernel has the namespaces of a pod',
  severity: 'error',
  source: 'https://github.com/kubernetes/system-validators/blob/master/validators/types_unix.go',
  needs: ['namespaces'],
  evaluate(facts) {
    const missing = needed.filter(kind => !facts.namespaces.present.includes(kind));
    if (missing.length === 0) return { status: 'pass', observed: needed.join(', ') };
    return {
      status: 'fail',
      message: `the kernel lacks ${missing.join(', ')} namespaces: no pod can start`,
      observed: `/proc/self/ns: ${facts.namespaces.present.join(', ') || 'nothing'}`,
      expected: needed.join(', '),
      remedy: `boot a kernel with ${missing.map(option).join(', ')}`,
      fixedByApply: false,
    };
  },
});

const option = (kind: NamespaceKind): string =>
  kind === 'mnt' ? 'CONFIG_NAMESPACES' : `CONFIG_${kind.toUpperCase()}_NS`;
