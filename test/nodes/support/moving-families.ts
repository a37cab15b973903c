import {
  bootDnfNode,
  bootNode,
  bootZypperNode,
  type LabNode,
  layPodNetwork,
  prepareCrio,
  preparePods,
} from '../../lab/index.ts';
import {
  containerSelinux,
  openRpmUpstream,
  openUpstream,
  politely,
  type UpstreamPackage,
  type UpstreamRepository,
} from '../../lab/upstream/index.ts';

export type MovingFamily = 'apt' | 'dnf' | 'zypper';

/** A node of a family on which pods of every runtime run, and what upstream offers to it. */
interface Family {
  boot(): Promise<LabNode>;
  open(node: LabNode): Promise<UpstreamRepository>;
  /** Upstream's packages as they are for this family. */
  offers(packages: readonly UpstreamPackage[]): readonly UpstreamPackage[];
  prepare(node: LabNode): Promise<void>;
}

/** What each brings of OCI runtimes, which rpm has no diversions for. */
const broughtRuntimes: Readonly<Record<string, readonly string[]>> = {
  'containerd.io': ['/usr/bin/runc'],
  'cri-o': ['/usr/libexec/crio/crun', '/usr/libexec/crio/runc'],
};

const overRpm = (boot: typeof bootDnfNode): Family => ({
  boot: () => boot({ cgroup: 'v1' }),
  open: openRpmUpstream,
  offers: packages => [containerSelinux(), ...packages.map(one => politely(one, ...(broughtRuntimes[one.name] ?? [])))],
  async prepare(node) {
    await layPodNetwork(node);
    await node.sh('systemctl start network-online.target');
  },
});

export const movingFamilies: Readonly<Record<MovingFamily, Family>> = {
  apt: {
    boot: () =>
      bootNode({
        suite: 'trixie',
        cgroup: 'v1',
        packages: ['containernetworking-plugins', 'iptables', 'libyajl2', 'libglib2.0-0t64'],
      }),
    open: openUpstream,
    offers: packages => packages,
    async prepare(node) {
      await preparePods(node);
      await prepareCrio(node);
      // Upstream's package has its own runc elsewhere.
      await node.sh('ln -s /usr/bin/runc /usr/sbin/runc.real');
    },
  },
  dnf: overRpm(bootDnfNode),
  zypper: overRpm(bootZypperNode),
};
