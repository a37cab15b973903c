import { defineCheck } from '../check.ts';

export const containerSelinux = defineCheck({
  id: 'container-selinux',
  title: 'SELinux has the policy of containers',
  severity: 'error',
  source: 'https://github.com/containers/container-selinux#readme',
  needs: ['packages', 'selinux'],
  fixable: true,
  evaluate({ packages, selinux }) {
    if (selinux.mode === 'off') return { status: 'skip', reason: 'this host runs without SELinux' };
    // Debian has no such package: its policy is one.
    if (packages.manager === 'apt')
      return { status: 'skip', reason: 'policies of this distribution come in one package' };
    const version = packages.installed['container-selinux'];
    if (version !== undefined) return { status: 'pass', observed: `container-selinux ${version}, ${selinux.mode}` };
    if (selinux.mode === 'permissive') return { status: 'pass', observed: 'permissive, without container-selinux' };
    return {
      status: 'fail',
      message:
        'SELinux is enforcing and container-selinux is not installed: runtimes run without a domain of their own, and containers are denied what they need or are not confined at all',
      observed: 'enforcing, without container-selinux',
      expected: 'the package container-selinux',
      remedy: `${packages.manager === 'none' ? '' : `${packages.manager} install container-selinux; or `}nodeprep apply, which installs it`,
      fixedByApply: true,
    };
  },
});
