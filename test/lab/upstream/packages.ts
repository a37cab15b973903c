import { containerdPrograms } from '../cluster/programs.ts';
import { provided } from '../rpm-node.ts';
import { CRI_DOCKERD_RELEASE, CRIO_RELEASE, criDockerdPrograms, crioPrograms } from './programs.ts';
import { criDockerServiceUnit, criDockerSocketUnit, crioUnit, dockerServiceUnit, dockerSocketUnit } from './units.ts';

/** A package under upstream's name, made of Debian's programs or of ones that the lab built. */
export interface UpstreamPackage {
  readonly name: string;
  readonly version: string;
  /** Lines of its control file. */
  readonly fields: readonly string[];
  /** Lines of its spec, where it is made as an rpm too, and what else differs in it. */
  readonly rpm?: {
    readonly fields: readonly string[];
    readonly version?: string;
    readonly instead?: Partial<Pick<UpstreamPackage, 'files' | 'conffiles' | 'units'>>;
  };
  /** Debian's packages that it is made of; `$O/NAME` is the unpacked tree of each. */
  readonly originals: readonly string[];
  /** Gives the directory `$P` of programs that the lab built. */
  readonly programs?: () => Promise<string>;
  /** sh that runs in the empty tree. */
  readonly build: string;
  /** Path → content. */
  readonly files?: Readonly<Record<string, string>>;
  readonly conffiles?: readonly string[];
  /** Enabled by post-install, which then starts them, or restarts those that run. */
  readonly units?: { readonly names: readonly string[]; readonly action: 'start' | 'restart' };
  /** sh of post-install before the units. */
  readonly configure?: string;
}

const moveBinaries = 'mkdir -p usr/bin; for f in "$O"/containerd/usr/bin/*; do cp -a "$f" usr/bin/; done';
export const copyUnit = (from: string, unit: string): string => `mkdir -p usr/lib/systemd/system
cp "$(find "$O/${from}" -path '*/systemd/system/${unit}' | head -n 1)" usr/lib/systemd/system/`;

/** docker.com's: bundles runc, takes the place of the distribution's packages, and comes with CRI off and no version line. */
export const containerdIo = (version = '1.7.24-1'): UpstreamPackage => ({
  name: 'containerd.io',
  version,
  fields: [
    'Provides: containerd, runc',
    'Conflicts: containerd, runc',
    'Replaces: containerd, runc',
    'Depends: libc6 (>= 2.34), libseccomp2',
  ],
  rpm: {
    fields: [
      'Provides: containerd = %{version}',
      'Provides: runc',
      'Obsoletes: containerd',
      'Obsoletes: runc',
      'Conflicts: containerd',
      'Conflicts: runc',
      'Requires: container-selinux >= 2:2.74',
      'Requires: libseccomp',
    ],
  },
  originals: ['containerd', 'runc'],
  build: `${moveBinaries}
cp -a "$(find "$O"/runc -name runc -type f -perm -100 | head -n 1)" usr/bin/
${copyUnit('containerd', 'containerd.service')}`,
  files: { '/etc/containerd/config.toml': containerdIoConfig() },
  conffiles: ['/etc/containerd/config.toml'],
  units: { names: ['containerd.service'], action: 'restart' },
});

/** The same with containerd 2.2 as the lab builds it: what docker.com's repository has today. */
export const containerdIo2 = (version = '2.2.0-1'): UpstreamPackage => ({
  ...containerdIo(version),
  programs: containerdPrograms,
  build: `mkdir -p usr/bin
cp -a "$P"/containerd "$P"/containerd-shim-runc-v2 "$P"/ctr usr/bin/
cp -a "$(find "$O"/runc -name runc -type f -perm -100 | head -n 1)" usr/bin/
${copyUnit('containerd', 'containerd.service')}`,
});

/** Facts of docker/packaging's pkg/containerd/common/containerd.toml. */
function containerdIoConfig(): string {
  return `#   Licensed under the Apache License, Version 2.0 (the "License");
#   you may not use this file except in compliance with the License.

disabled_plugins = ["cri"]

#root = "/var/lib/containerd"
#state = "/run/containerd"
#subreaper = true
#oom_score = 0

#[grpc]
#  address = "/run/containerd/containerd.sock"
#  uid = 0
#  gid = 0

#[debug]
#  address = "/run/containerd/debug.sock"
#  uid = 0
#  gid = 0
#  level = "info"
`;
}

/** The policy that Red Hat's packages of runtimes need, without its policy: kernels of the lab have no SELinux. */
export const containerSelinux = (version = '2:2.235.0-1.el9'): UpstreamPackage => ({
  name: 'container-selinux',
  version,
  fields: [],
  rpm: { fields: ['BuildArch: noarch'] },
  originals: [],
  build: 'mkdir -p usr/share/selinux/packages && echo stub >usr/share/selinux/packages/container.pp.bz2',
});

/** The system itself, where packages are resolved for a root that has nothing. */
const systemRelease = (name: string, version: string, provides: string): UpstreamPackage => ({
  name,
  version,
  fields: [],
  rpm: { fields: ['BuildArch: noarch', `Provides: ${provides}`, ...provided] },
  originals: [],
  build: `mkdir -p usr/share/${name} && echo stub >usr/share/${name}/stub`,
});
export const rockyRelease = systemRelease('rocky-release', '9.6-1.1.el9', 'system-release(releasever) = 9');
export const leapRelease = systemRelease('openSUSE-release', '15.6-lp156.1.1', 'distribution-release');

/** Of every engine and its client as rpm: https://github.com/docker/docker-ce-packaging, rpm/SPECS. */
const rpmConflicts = ['Conflicts: docker', 'Conflicts: docker-io'];
const addGroup = 'getent group docker >/dev/null || groupadd --system docker';

const engine = (name: string, version: string, conflicts: string): UpstreamPackage => ({
  name,
  version,
  rpm: {
    version: `3:${version.replace(/^\d+:|-.*$/g, '')}-1.el9`,
    fields: [
      'Requires: /usr/sbin/groupadd',
      `Requires: ${name}-cli`,
      'Requires: container-selinux >= 2:2.74',
      'Requires: libseccomp >= 2.3',
      'Requires: systemd',
      'Requires: iptables',
      'Requires: libcgroup',
      'Requires: containerd.io >= 1.4.1',
      'Requires: tar',
      'Requires: xz',
      ...rpmConflicts,
      'Conflicts: docker-engine-cs',
      `Conflicts: ${name === 'docker-ce' ? 'docker-ee' : 'docker-ce'}`,
      'Obsoletes: docker-ce-selinux',
      'Obsoletes: docker-engine-selinux',
      'Obsoletes: docker-engine',
    ],
  },
  fields: [
    `Depends: containerd.io, iptables, libsystemd0, ${name}-cli`,
    `Conflicts: ${conflicts}`,
    'Replaces: docker.io',
  ],
  originals: ['docker.io', 'tini'],
  build: `mkdir -p usr/bin
cp -a "$O"/docker.io/usr/sbin/dockerd "$O"/docker.io/usr/sbin/docker-proxy usr/bin/
cp -a "$O"/tini/usr/bin/tini-static usr/bin/docker-init`,
  files: {
    '/usr/lib/systemd/system/docker.service': dockerServiceUnit,
    '/usr/lib/systemd/system/docker.socket': dockerSocketUnit,
  },
  configure: addGroup,
  units: { names: ['docker.service', 'docker.socket'], action: 'restart' },
});

const engineCli = (name: string, version: string, conflicts: string): UpstreamPackage => ({
  name: `${name}-cli`,
  version,
  rpm: {
    version: `1:${version.replace(/^\d+:|-.*$/g, '')}-1.el9`,
    fields: [
      'Requires: /usr/sbin/groupadd',
      'Recommends: docker-buildx-plugin',
      ...rpmConflicts,
      `Conflicts: ${name === 'docker-ce' ? 'docker-ee' : 'docker-ce'}-cli`,
    ],
  },
  fields: ['Depends: libc6 (>= 2.34)', `Conflicts: ${conflicts}`, 'Replaces: docker.io, docker-cli'],
  originals: ['docker.io', 'docker-cli'],
  build: 'mkdir -p usr/bin; cp -a "$(find "$O" -path "*/usr/bin/docker" | head -n 1)" usr/bin/',
});

/** Engine of docker.com, from Debian's docker.io; comes in two packages. */
export const dockerCe = (version: string): readonly UpstreamPackage[] => [
  engine('docker-ce', version, 'docker-ee, docker.io, docker-engine'),
  engineCli('docker-ce', version, 'docker-ee-cli, docker.io, docker-cli'),
];

/** Mirantis Container Runtime: the same engine under its names. */
export const dockerEe = (version: string): readonly UpstreamPackage[] => [
  engine('docker-ee', version, 'docker-ce, docker.io, docker-engine'),
  engineCli('docker-ee', version, 'docker-ce-cli, docker.io, docker-cli'),
];

/** `settings`: of its environment, which each format has in another place. */
const crioFiles = (settings: string): Readonly<Record<string, string>> => ({
  '/usr/lib/systemd/system/crio.service': crioUnit.replace('/etc/default/crio', settings),
  '/etc/crio/crio.conf.d/10-crio.conf': `[crio.image]
signature_policy = "/etc/crio/policy.json"

[crio.runtime]
default_runtime = "crun"

[crio.runtime.runtimes.crun]
runtime_path = "/usr/libexec/crio/crun"
runtime_root = "/run/crun"
monitor_path = "/usr/libexec/crio/conmon"
allowed_annotations = [
    "io.containers.trace-syscall",
]

[crio.runtime.runtimes.runc]
runtime_path = "/usr/libexec/crio/runc"
runtime_root = "/run/runc"
monitor_path = "/usr/libexec/crio/conmon"
`,
  '/etc/crio/policy.json': '{ "default": [{ "type": "insecureAcceptAnything" }] }\n',
  '/etc/containers/registries.conf.d/crio.conf': 'unqualified-search-registries = ["docker.io"]\n',
  '/etc/crictl.yaml': 'runtime-endpoint: "unix:///var/run/crio/crio.sock"\ntimeout: 0\ndebug: false\n',
  '/etc/cni/net.d/10-crio-bridge.conflist.disabled': `{
  "cniVersion": "1.0.0",
  "name": "crio",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "cni0",
      "isGateway": true,
      "ipMasq": true,
      "hairpinMode": true,
      "ipam": {
        "type": "host-local",
        "routes": [{ "dst": "0.0.0.0/0" }],
        "ranges": [[{ "subnet": "10.85.0.0/16" }]]
      }
    }
  ]
}
`,
  [settings]: `# ${settings}\n\n# use "--enable-metrics" and "--metrics-port <port>" to enable metrics\n# CRIO_METRICS_OPTIONS=\n`,
});

const crioConffiles = (settings: string): readonly string[] => [
  '/etc/containers/registries.conf.d/crio.conf',
  '/etc/crictl.yaml',
  '/etc/cni/net.d/10-crio-bridge.conflist.disabled',
  settings,
];

/** CRI-O's own package: its OCI runtimes and conmon in a directory of their own (conmonrs is left out, Debian has none). */
export const criO = (version = `${CRIO_RELEASE}-1.1`): UpstreamPackage => ({
  name: 'cri-o',
  version,
  // Upstream's programs are static; Debian's need two libraries.
  fields: [
    'Depends: libc6, libseccomp2, iptables, libyajl2, libcap2, libglib2.0-0t64 | libglib2.0-0',
    'Recommends: kubernetes-cni',
  ],
  rpm: {
    version: version.replace(/-.*/, '-150500.1.1'),
    fields: ['Requires: iptables', 'Recommends: kubernetes-cni'],
    // Two files of its configuration are none in the eyes of rpm: an upgrade writes over them.
    instead: {
      files: crioFiles('/etc/sysconfig/crio'),
      conffiles: crioConffiles('/etc/sysconfig/crio'),
      units: { names: ['crio.service'], action: 'restart' },
    },
  },
  originals: ['crun', 'runc', 'conmon'],
  programs: crioPrograms,
  build: `mkdir -p usr/bin usr/libexec/crio
cp -a "$P"/crio "$P"/pinns usr/bin/
cp -aL "$O"/crun/usr/bin/crun usr/libexec/crio/
cp -aL "$(find "$O"/runc -name runc -type f -perm -100 | head -n 1)" usr/libexec/crio/
cp -aL "$O"/conmon/usr/bin/conmon usr/libexec/crio/`,
  files: crioFiles('/etc/default/crio'),
  conffiles: ['/etc/crio/crio.conf.d/10-crio.conf', '/etc/crio/policy.json', ...crioConffiles('/etc/default/crio')],
});

export const criDockerd = (version = `${CRI_DOCKERD_RELEASE}.3-0`): UpstreamPackage => ({
  name: 'cri-dockerd',
  version,
  fields: ['Depends: containerd | containerd.io | moby-containerd, iptables, libseccomp2'],
  rpm: {
    version: `3:${CRI_DOCKERD_RELEASE}-3.el9`,
    fields: [
      'Requires: container-selinux >= 2:2.74',
      'Requires: libseccomp >= 2.3',
      'Requires: systemd',
      'Requires: (iptables or nftables)',
      'Requires: libcgroup',
      'Requires: containerd.io >= 1.2.2-3',
      'Requires: tar',
      'Requires: xz',
      'Requires: device-mapper-libs >= 1.02.90-1',
    ],
  },
  originals: [],
  programs: criDockerdPrograms,
  build: 'mkdir -p usr/bin; cp -a "$P"/cri-dockerd usr/bin/',
  files: {
    '/usr/lib/systemd/system/cri-docker.service': criDockerServiceUnit,
    '/usr/lib/systemd/system/cri-docker.socket': criDockerSocketUnit,
  },
  units: { names: ['cri-docker.service', 'cri-docker.socket'], action: 'start' },
});
