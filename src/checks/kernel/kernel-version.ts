import type { DesiredNode } from '../../core/desired.ts';
import { isAtLeast, releaseLine } from '../../core/versions.ts';
import type { OsRelease } from '../../facts/os-release.ts';
import { defineCheck } from '../check.ts';

/** Upstream's long-term lines that Kubernetes is validated on; from 6 on, all of them. */
const validated = ['5.4', '5.10', '5.15'];

/** Kernels that their distribution maintains with back-ports far beyond their number (GAP-24). */
const maintained: readonly {
  readonly release: RegExp;
  readonly distributions: readonly string[];
  readonly name: string;
}[] = [
  { release: /^5\.14\.0-.*\.el9/, distributions: ['rhel', 'centos', 'fedora'], name: 'the kernel of RHEL 9' },
  { release: /^5\.14\.21-150[45]\d+/, distributions: ['suse', 'sles', 'opensuse'], name: 'the kernel of SLES 15' },
];

export const kernelVersion = defineCheck({
  id: 'kernel-version',
  title: 'The kernel is new enough',
  severity: 'warning',
  source: 'https://kubernetes.io/docs/reference/node/kernel-version-requirements/',
  needs: ['kernel', 'osRelease'],
  evaluate({ kernel, osRelease }, desired) {
    const { release } = kernel;
    const observed = `Linux ${release}`;
    const floor = floorOf(desired);
    if (!isAtLeast(release, floor)) {
      return {
        status: 'fail',
        message: `Linux ${release} is too old for Kubernetes ${desired.kubernetesVersion}`,
        observed,
        expected: `Linux ${floor} or newer`,
        remedy: 'upgrade the kernel or the distribution, then reboot',
        fixedByApply: false,
        severity: 'error',
      };
    }
    if (isAtLeast(release, '6.0') || validated.includes(releaseLine(release))) return { status: 'pass', observed };
    const known = maintained.find(line => line.release.test(release) && isOf(osRelease, line.distributions));
    if (known !== undefined)
      return { status: 'pass', observed: `${observed}, ${known.name}, maintained with back-ports` };
    return {
      status: 'fail',
      message: `Linux ${release} is not a line that Kubernetes is validated on`,
      observed,
      expected: `${validated.join(', ')}, or 6.0 and newer`,
      remedy: 'upgrade the kernel, then reboot; or waive this where the distribution maintains it',
      fixedByApply: false,
    };
  },
});

/** system-validators: an error below 4.19 for 1.32 and 1.33, a warning since. From 1.35 on cgroup v2 is needed, which came with 4.5. */
const floorOf = ({ kubernetesVersion }: DesiredNode): string => {
  if (isAtLeast(kubernetesVersion, '1.35')) return '4.5';
  if (isAtLeast(kubernetesVersion, '1.34') || !isAtLeast(kubernetesVersion, '1.32')) return '3.10';
  return '4.19';
};

const isOf = ({ id, idLike }: OsRelease, distributions: readonly string[]): boolean =>
  [id, ...idLike].some(name => distributions.includes(name));
