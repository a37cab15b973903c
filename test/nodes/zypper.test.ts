import { describe } from 'vitest';
import { bootZypperNode } from '../lab/index.ts';
import { containerdByRpm } from './support/containerd-by-rpm.ts';

/** Debian's zypper, libzypp and rpm, on a Debian root that calls itself openSUSE Leap. */
describe('containerd.io by zypper', () => {
  containerdByRpm({
    boot: bootZypperNode,
    sources: '/etc/zypp/repos.d/nodeprep-docker.repo',
    kept: 'find /var/cache/zypp -name "nodeprep*"; ls /etc/zypp',
    held: ['zypper --non-interactive locks', /\| containerd\.io \| package/],
  });
});
