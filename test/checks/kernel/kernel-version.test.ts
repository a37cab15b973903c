import { kernelVersion } from '../../../src/checks/kernel/kernel-version.ts';
import { testCheck } from '../../check-tester.ts';
import { kernelFact } from '../facts.ts';

const on = (release: string, id = 'debian', idLike: readonly string[] = []) => ({
  name: `${release} of ${id}`,
  facts: {
    kernel: kernelFact(release),
    osRelease: { id, idLike, versionId: undefined, codename: undefined, prettyName: id },
  },
});
const under = (kubernetesVersion: string) => ({ desired: { kubernetesVersion } });

testCheck(kernelVersion, {
  pass: [
    on('6.12.41+deb13-amd64'),
    on('6.0.0'),
    on('7.1.2'),
    on('5.15.0-157-generic', 'ubuntu'),
    on('5.10.0-36-amd64'),
    on('5.4.0-216-generic', 'ubuntu'),
    on('5.14.0-570.12.1.el9_6.x86_64', 'rhel', ['fedora']),
    on('5.14.0-570.12.1.el9_6.x86_64', 'rocky', ['rhel', 'centos', 'fedora']),
    on('5.14.21-150500.55.59-default', 'sles', ['suse']),
  ],
  fail: [
    { ...on('5.14.0-1-amd64'), severity: 'warning', message: /not a line that Kubernetes is validated on/ },
    { ...on('5.14.0-570.12.1.el9_6.x86_64'), severity: 'warning' },
    { ...on('5.19.0-50-generic', 'ubuntu'), severity: 'warning' },
    { ...on('4.18.0-553.el8_10.x86_64', 'rocky', ['rhel']), ...under('1.34'), severity: 'warning' },
    {
      ...on('4.18.0-553.el8_10.x86_64', 'rocky', ['rhel']),
      ...under('1.33'),
      severity: 'error',
      expected: 'Linux 4.19 or newer',
    },
    { ...on('4.19.0-27-amd64'), ...under('1.33'), severity: 'warning' },
    { ...on('4.18.20'), ...under('1.32'), severity: 'error' },
    { ...on('4.4.0'), ...under('1.35'), severity: 'error', expected: 'Linux 4.5 or newer' },
    { ...on('4.5.0'), ...under('1.35'), severity: 'warning' },
    { ...on('3.9.11'), ...under('1.31'), severity: 'error' },
    { ...on('3.10.0-1160.el7.x86_64', 'centos'), ...under('1.31'), severity: 'warning' },
  ],
});
