import { defineCheck } from '../check.ts';

export const packageMirrorReachable = defineCheck({
  id: 'package-mirror-reachable',
  title: 'The mirror of packages answers from this host',
  // What is installed runs on; what is missing, security updates too, does not come.
  severity: 'warning',
  source: 'https://manpages.debian.org/bookworm/apt/sources.list.5.en.html',
  needs: ['packageMirrors'],
  evaluate({ packageMirrors }) {
    if (packageMirrors.length === 0)
      return { status: 'skip', reason: 'no package source of this host names a mirror that nodeprep put there' };
    const silent = packageMirrors.filter(({ answered }) => !answered);
    const all = packageMirrors.map(({ url, said }) => `${url}: ${said}`).join('; ');
    if (silent.length === 0) return { status: 'pass', observed: all };
    return {
      status: 'fail',
      message: `the mirror of packages does not answer from this host: ${silent.map(({ url }) => url).join(', ')}`,
      observed: all,
      expected: 'an answer within 3 s',
      remedy:
        'see why the host does not reach it (route, DNS, firewall, proxy), or name another one with packageMirror and apply',
      fixedByApply: false,
    };
  },
});
