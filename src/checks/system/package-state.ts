import { defineCheck } from '../check.ts';

export const packageState = defineCheck({
  id: 'package-state',
  title: 'The package manager is in good order',
  severity: 'warning',
  source: 'https://manpages.debian.org/stable/dpkg/dpkg.1.en.html',
  needs: ['packages'],
  evaluate({ packages }) {
    if (packages.manager === 'none') return { status: 'skip', reason: 'no package manager that nodeprep knows' };
    if (packages.broken.length === 0)
      return { status: 'pass', observed: `${packages.manager}: nothing half-installed` };
    return {
      status: 'fail',
      message: `packages are half-installed: ${packages.broken.join(', ')}; nothing else can be installed`,
      observed: packages.broken.join(', '),
      expected: 'every package installed and configured',
      remedy: 'dpkg --configure -a, then apt-get -f install',
      fixedByApply: false,
    };
  },
});
