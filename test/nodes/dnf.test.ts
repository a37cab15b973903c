import { describe } from 'vitest';
import { bootDnfNode } from '../lab/index.ts';
import { containerdByRpm } from './support/containerd-by-rpm.ts';

/** Debian's dnf and rpm, on a Debian root that calls itself Rocky Linux. */
describe('containerd.io by dnf', () => {
  containerdByRpm({
    boot: bootDnfNode,
    sources: '/etc/yum.repos.d/nodeprep-docker.repo',
    kept: 'ls /var/cache/dnf | grep nodeprep || true',
    held: ['grep excludepkgs /etc/dnf/dnf.conf', /^excludepkgs=containerd\.io$/],
  });
});
