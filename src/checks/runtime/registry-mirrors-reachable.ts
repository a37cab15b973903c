import { defineCheck } from '../check.ts';

export const registryMirrorsReachable = defineCheck({
  id: 'registry-mirrors-reachable',
  title: 'Mirrors of registries answer from this host',
  // The runtime goes on to the next one, and to the registry itself, after a wait.
  severity: 'warning',
  source: 'https://github.com/containerd/containerd/blob/main/docs/hosts.md',
  needs: ['mirrors'],
  evaluate({ mirrors }) {
    if (mirrors.length === 0) return { status: 'skip', reason: 'no runtime of this host has a mirror in its files' };
    const silent = mirrors.filter(({ answered }) => !answered);
    const all = mirrors.map(({ url, said }) => `${url}: ${said}`).join('; ');
    if (silent.length === 0) return { status: 'pass', observed: all };
    const names = silent.map(({ url }) => url).join(', ');
    return {
      status: 'fail',
      message: `${silent.length === 1 ? 'a mirror does' : `${silent.length} mirrors do`} not answer from this host: ${names}`,
      observed: all,
      expected: 'an answer within 3 s',
      remedy:
        'see why the host does not reach them (route, DNS, firewall, proxy), or take them out of runtime.registryMirrors',
      fixedByApply: false,
    };
  },
});
