import { namespaces } from '../../../src/checks/kernel/namespaces.ts';
import { testCheck } from '../../check-tester.ts';
import { namespacesFact, without } from './namespaces-fact.ts';

testCheck(namespaces, {
  pass: [
    { name: 'all eight', facts: namespacesFact() },
    { name: 'those that only features need are missing', facts: without('user', 'time', 'cgroup') },
  ],
  fail: [
    ...(['ipc', 'net', 'pid', 'uts'] as const).map(kind => ({
      name: `no ${kind}`,
      facts: without(kind),
      remedy: `boot a kernel with CONFIG_${kind.toUpperCase()}_NS`,
    })),
    { name: 'no mnt', facts: without('mnt'), remedy: /CONFIG_NAMESPACES/ },
    { name: 'two', facts: without('net', 'pid'), message: 'the kernel lacks net, pid namespaces: no pod can start' },
    {
      name: 'none',
      facts: without('cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'),
      observed: '/proc/self/ns: nothing',
    },
  ],
});
