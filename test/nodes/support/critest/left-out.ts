/** Specs of critest that say nothing of a node here, by a part of their name. critest itself leaves others out, and says why. */
export interface LeftOut {
  readonly specs: readonly string[];
  readonly why: string;
  /** Default: every runtime. */
  readonly runtime?: 'containerd' | 'cri-o' | 'docker';
}

export const leftOut: readonly LeftOut[] = [
  { specs: ['public image with digest should be pulled'], why: 'needs an image from outside: it names the digest' },
  { specs: ['benchmark about'], why: 'a benchmark, which judges nothing' },
  {
    specs: ['should support seccomp unconfined on the container', 'should support nil profile, which is unconfined'],
    why: 'containers inherit the seccomp filter that container nodes are under',
  },
  {
    runtime: 'cri-o',
    specs: ['should support safe sysctls', 'should support unsafe sysctls'],
    why: 'CRI-O sets sysctls from the host, and container nodes have most of /proc/sys read-only',
  },
  {
    runtime: 'cri-o',
    specs: ['runtime should support listing container stats', 'runtime should support listing stats for'],
    why: 'CRI-O counts on cgroup v1 in the hierarchy of devices, where container nodes have no cgroups of containers',
  },
  {
    runtime: 'cri-o',
    specs: ['runtime should support port mapping with host port'],
    why: "asked on the loopback of the host, which CRI-O leaves to kube-proxy's rules",
  },
  // https://github.com/Mirantis/cri-dockerd/blob/v0.4.0/Makefile leaves out what is said to be left out there.
  {
    runtime: 'docker',
    specs: ['runtime should support execSync with timeout', "mount with 'rshared'", "mount with 'rslave'"],
    why: 'cri-dockerd cannot, and its own tests leave it out',
  },
  {
    runtime: 'docker',
    specs: [
      'runtime should support reopening container log',
      'runtime should support starting container with log',
      'runtime should support HostNetwork is',
      'runtime should support RunAsGroup',
      'runtime should support that ReadOnlyRootfs is',
      'should not allow privilege escalation when true',
      'should allow privilege escalation when false',
    ],
    why: "read by the container's log, which Docker writes as JSON of its own",
  },
  {
    runtime: 'docker',
    specs: ['RemoveContainer should not return an error', 'StopContainer should not return an error'],
    why: 'cri-dockerd 0.4.0 has an error for a container that is gone',
  },
  {
    runtime: 'docker',
    specs: ['should return the same image identifier'],
    why: 'cri-dockerd 0.4.0 answers a pull with the name of the image',
  },
];

/** For `--ginkgo.skip`. Names have nothing that means something to a regular expression but quotes, which the shell would take. */
export const skipPattern = (all: readonly LeftOut[]): string =>
  all.flatMap(({ specs }) => specs.map(spec => spec.replaceAll("'", '.'))).join('|');
