import { describe } from 'vitest';
import { baseProblem, bootDnf5Node, bootDnfNode } from '../lab/index.ts';
import { containerdByRpm } from './support/containerd-by-rpm.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const problem = isMatrix ? await baseProblem('sid') : undefined;

/** Debian's dnf and rpm, on a Debian root that calls itself Rocky Linux. */
describe('containerd.io by dnf', () => {
  containerdByRpm({
    boot: bootDnfNode,
    sources: '/etc/yum.repos.d/nodeprep-docker.repo',
    kept: 'ls /var/cache/dnf | grep nodeprep || true',
    held: ['grep excludepkgs /etc/dnf/dnf.conf', /^excludepkgs=containerd\.io$/],
  });
});

describe.runIf(isMatrix)('containerd.io by dnf 5', () => {
  containerdByRpm({
    boot: bootDnf5Node,
    ...(problem === undefined ? {} : { problem }),
    sources: '/etc/yum.repos.d/nodeprep-docker.repo',
    kept: 'ls /var/cache/libdnf5 | grep nodeprep || true',
    held: ['grep excludepkgs /etc/dnf/dnf.conf', /^excludepkgs=containerd\.io$/],
  });
});
