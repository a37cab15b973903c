import type { Disruption } from '../core/result.ts';

export interface DisruptionRow {
  readonly component: string;
  readonly what: string;
  readonly disruption: Disruption;
  /** On a node that runs pods, where it is worse there. */
  readonly onJoinedNode?: Disruption;
  readonly why: string;
  readonly source: string;
}

const containerdUnit = 'https://github.com/containerd/containerd/blob/main/containerd.service';
const crioUnit = 'https://github.com/cri-o/cri-o/blob/main/contrib/systemd/crio.service';
/** Seen with 1.36.1 on cgroup v1: systemd kills what is left in the cgroup of the service, which has no KillMode. */
const conmonEnds =
  'with cgroupfs conmon stays in the cgroup of the service and ends with it: containers run on, and nobody sees them end';
const cgroupDrivers = 'https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/configure-cgroup-driver/';
const dockerLiveRestore = 'https://docs.docker.com/engine/daemon/live-restore/';
const criDockerd = 'https://mirantis.github.io/cri-dockerd/usage/install/';
const configuration = 'https://github.com/containerd/containerd/blob/main/docs/cri/config.md';

/** What each change disturbs. `docs/disruption.md` is this table. */
export const disruptionTable = {
  'kernel-module': {
    component: 'kernel',
    what: 'load a module, list it for the next boot',
    disruption: 'none',
    why: 'nothing that runs is touched',
    source: 'https://www.freedesktop.org/software/systemd/man/latest/modules-load.d.html',
  },
  sysctl: {
    component: 'kernel',
    what: 'set a sysctl now, and in sysctl.d for the next boot',
    disruption: 'none',
    why: 'only its own keys are written, never `sysctl --system`',
    source: 'https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html',
  },
  swap: {
    component: 'kernel',
    what: 'turn swap off now and at boot',
    disruption: 'none',
    why: 'only where the memory that is available exceeds the swap in use',
    source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#swap-configuration',
  },
  repository: {
    component: 'package sources',
    what: "add upstream's repository and its key, read its lists",
    disruption: 'none',
    why: 'only the package manager reads them',
    source: 'https://manpages.debian.org/bookworm/apt/sources.list.5.en.html',
  },
  'package-mirror': {
    component: 'package sources',
    what: 'name the mirror in the place of the addresses that are there, read its lists',
    disruption: 'none',
    why: 'only the package manager reads them',
    source: 'https://manpages.debian.org/bookworm/apt/sources.list.5.en.html',
  },
  'package-hold': {
    component: 'packages',
    what: 'hold what the runtime consists of at its version',
    disruption: 'none',
    why: 'only the package manager reads it',
    source: 'https://manpages.debian.org/bookworm/apt/apt-mark.8.en.html',
  },
  'containerd-install': {
    component: 'containerd',
    what: 'install the package, enable and start the service',
    disruption: 'none',
    why: 'nothing ran before',
    source: containerdUnit,
  },
  'containerd-upgrade': {
    component: 'containerd',
    what: 'install another version',
    disruption: 'restart',
    why: 'the package restarts the service; containers keep running (KillMode=process)',
    source: containerdUnit,
  },
  'containerd-helpers': {
    component: 'containerd',
    what: 'runc of an archive, another one too',
    disruption: 'none',
    why: 'each file is replaced by a rename; containers that run keep what they were started with',
    source: 'https://github.com/containerd/containerd/blob/main/docs/getting-started.md',
  },
  'cni-plugins': {
    component: 'runtime',
    what: 'CNI plugins of an archive, another one too',
    disruption: 'none',
    why: 'each file is replaced by a rename, and started anew for each pod that comes or goes',
    source: 'https://github.com/containernetworking/cni/blob/main/SPEC.md',
  },
  'containerd-cgroup-driver': {
    component: 'containerd',
    what: 'SystemdCgroup of a handler',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'pods keep the driver they were started with, and kubelet and runtime must agree; never while a sandbox exists',
    source: cgroupDrivers,
  },
  'containerd-settings': {
    component: 'containerd',
    what: 'sandbox image, CRI plugin, CNI directory, directory of registries',
    disruption: 'restart',
    why: 'containerd reads its configuration at start; containers keep running (KillMode=process)',
    source: configuration,
  },
  'containerd-selinux': {
    component: 'containerd',
    what: 'SELinux labels of containers (enable_selinux)',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'containers keep the label that they were started with, and what is denied to a labelled one shows when it starts',
    source: configuration,
  },
  'containerd-registries': {
    component: 'containerd',
    what: 'hosts.toml of a registry',
    disruption: 'none',
    why: 'they are read at every pull',
    source: 'https://github.com/containerd/containerd/blob/main/docs/hosts.md',
  },
  'registry-certificates': {
    component: 'registries',
    what: 'certificates by which a registry is trusted',
    disruption: 'none',
    why: 'every runtime reads them at each pull',
    source: 'https://docs.docker.com/engine/security/certificates/',
  },
  'containerd-cri-off': {
    component: 'containerd',
    what: 'CRI plugin off, where another runtime serves the kubelet',
    disruption: 'restart',
    why: 'containerd reads its configuration at start; the containers above it keep running (KillMode=process)',
    source: configuration,
  },
  'runtime-retired': {
    component: 'runtimes',
    what: 'take the CRI endpoint of the runtime that the inventory does not name away',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'pods are never moved from one runtime to another; refused while a sandbox exists, and without --allow-migration',
    source: 'https://kubernetes.io/docs/tasks/administer-cluster/migrating-from-dockershim/change-runtime-containerd/',
  },
  'docker-install': {
    component: 'docker',
    what: 'install the package of the engine, enable and start the services',
    disruption: 'none',
    why: 'nothing ran before',
    source: 'https://docs.docker.com/engine/install/debian/',
  },
  'docker-upgrade': {
    component: 'docker',
    what: 'install another version',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'the engine is restarted, by its package or after it, and without live-restore one that stops takes its containers along',
    source: dockerLiveRestore,
  },
  'docker-upgrade-live': {
    component: 'docker',
    what: 'install another patch release, with live-restore',
    disruption: 'restart',
    why: 'containers keep running while the engine restarts',
    source: dockerLiveRestore,
  },
  'docker-cgroup-driver': {
    component: 'docker',
    what: 'native.cgroupdriver',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'pods keep the driver they were started with, also over live-restore; never while a sandbox exists',
    source: cgroupDrivers,
  },
  'docker-selinux': {
    component: 'docker',
    what: 'SELinux labels of containers (selinux-enabled)',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'dockerd reads it at its start, which stops containers but for live-restore',
    source: 'https://docs.docker.com/reference/cli/dockerd/',
  },
  'docker-registries': {
    component: 'docker',
    what: 'registry-mirrors, insecure-registries',
    disruption: 'reload',
    why: 'read again on SIGHUP; containers and the daemon keep running',
    source: 'https://docs.docker.com/reference/cli/dockerd/#configuration-reload-behavior',
  },
  'cri-dockerd-install': {
    component: 'cri-dockerd',
    what: 'install it, enable and start its socket and service',
    disruption: 'none',
    why: 'nothing ran before',
    source: criDockerd,
  },
  'cri-dockerd-settings': {
    component: 'cri-dockerd',
    what: 'sandbox image, network plugin, CNI directory, another version',
    disruption: 'restart',
    why: "it has flags only, read at its start; containers are the engine's and keep running",
    source: criDockerd,
  },
  'runtime-proxy': {
    component: 'runtime',
    what: 'proxy of the process that pulls images',
    disruption: 'restart',
    why: 'a process keeps the environment that it was started with; containers keep running',
    source: 'https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Environment=',
  },
  'docker-proxy': {
    component: 'docker',
    what: 'proxy of the engine',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'a process keeps the environment that it was started with; without live-restore an engine that stops takes its containers along',
    source: dockerLiveRestore,
  },
  'docker-proxy-live': {
    component: 'docker',
    what: 'proxy of the engine, with live-restore',
    disruption: 'restart',
    why: 'containers keep running while the engine restarts',
    source: dockerLiveRestore,
  },
  'cri-o-proxy-cgroupfs': {
    component: 'CRI-O',
    what: 'proxy of the process that pulls images, with cgroupfs',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: conmonEnds,
    source: crioUnit,
  },
  'runtime-proxy-file': {
    component: 'runtime',
    what: 'drop-in with the proxy',
    disruption: 'none',
    why: 'it counts from the next start on',
    source: 'https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html',
  },
  'package-proxy': {
    component: 'packages',
    what: 'proxy of the package manager',
    disruption: 'none',
    why: 'only the package manager reads it',
    source: 'https://manpages.debian.org/bookworm/apt/apt-transport-http.1.en.html',
  },
  'sandbox-image': {
    component: 'images',
    what: 'load the sandbox image from a file',
    disruption: 'none',
    why: 'a running runtime takes it; nothing that runs is touched',
    source: 'https://kubernetes.io/docs/concepts/containers/images/#pre-pulled-images',
  },
  'image-loader': {
    component: 'images',
    what: 'install skopeo, by which an image gets from a file into the store of CRI-O',
    disruption: 'none',
    why: 'a program that nobody calls but nodeprep, while it loads',
    source: 'https://github.com/containers/skopeo/blob/main/docs/skopeo-copy.1.md',
  },
  crictl: {
    component: 'crictl',
    what: '/etc/crictl.yaml',
    disruption: 'none',
    why: 'only crictl reads it',
    source: 'https://github.com/kubernetes-sigs/cri-tools/blob/master/docs/crictl.md',
  },
  needrestart: {
    component: 'needrestart',
    what: '/etc/needrestart/conf.d/zz-nodeprep.conf',
    disruption: 'none',
    why: 'only needrestart reads it, the next time that it runs',
    source: 'https://github.com/liske/needrestart#readme',
  },
  'handler-install': {
    component: 'OCI runtimes',
    what: 'install the package of a handler; its own file (runsc.toml, configuration.toml of Kata)',
    disruption: 'none',
    why: 'a handler is started anew for each sandbox, and reads its file then',
    source: 'https://gvisor.dev/docs/user_guide/containerd/configuration/',
  },
  'container-selinux': {
    component: 'SELinux',
    what: 'install the policy of containers',
    disruption: 'none',
    why: 'a policy module is added to the one that is loaded; processes keep their domains until they are started anew',
    source: 'https://github.com/containers/container-selinux#readme',
  },
  'containerd-default-handler': {
    component: 'containerd',
    what: 'default handler',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'containerd looks the default up anew for each container of a pod that names none, so pods that run would be handled by another runtime than the one that started them',
    source: 'https://github.com/containerd/containerd/blob/v2.2.0/internal/cri/config/config.go#L690',
  },
  'cri-o-handlers': {
    component: 'CRI-O',
    what: 'add a handler, or monitor_cgroup of one',
    disruption: 'restart',
    why: 'a reload would take it without its monitor; containers keep running, each under a conmon of its own',
    source: 'https://github.com/cri-o/cri-o/blob/v1.36.1/pkg/config/reload.go#L310',
  },
  'cri-o-handlers-cgroupfs': {
    component: 'CRI-O',
    what: 'add a handler, or monitor_cgroup of one, with cgroupfs',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: conmonEnds,
    source: crioUnit,
  },
  'cri-o-default-handler': {
    component: 'CRI-O',
    what: 'default handler',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'containers of pods that name no handler are looked for with the default of the day, so those that run would be lost to another one',
    source: 'https://github.com/cri-o/cri-o/blob/v1.36.1/internal/oci/oci.go#L126',
  },
  'cri-o-install': {
    component: 'CRI-O',
    what: 'install the package, enable and start the service',
    disruption: 'none',
    why: 'nothing ran before',
    source: crioUnit,
  },
  'cri-o-upgrade': {
    component: 'CRI-O',
    what: 'install another version',
    disruption: 'restart',
    why: 'the service is restarted; containers keep running, each under a conmon of its own',
    source: crioUnit,
  },
  'cri-o-upgrade-cgroupfs': {
    component: 'CRI-O',
    what: 'install another version, with cgroupfs',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: conmonEnds,
    source: crioUnit,
  },
  'cri-o-cgroup-driver': {
    component: 'CRI-O',
    what: 'cgroup_manager, conmon_cgroup',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'pods keep the driver they were started with, and kubelet and runtime must agree; never while a sandbox exists',
    source: cgroupDrivers,
  },
  'cri-o-pause-image': {
    component: 'CRI-O',
    what: 'pause_image',
    disruption: 'reload',
    why: 'read again on SIGHUP; containers and the daemon keep running',
    source: 'https://github.com/cri-o/cri-o/blob/main/docs/crio.conf.5.md',
  },
  'cri-o-registries': {
    component: 'CRI-O',
    what: 'mirrors of registries (registries.conf.d)',
    disruption: 'reload',
    why: 'read again on SIGHUP; containers and the daemon keep running',
    source: 'https://github.com/cri-o/cri-o/blob/main/docs/crio.8.md',
  },
  'cri-o-settings': {
    component: 'CRI-O',
    what: 'plugin_dirs, or a daemon that does not tell what it runs with',
    disruption: 'restart',
    why: 'read at its start only; containers keep running, each under a conmon of its own',
    source: 'https://github.com/cri-o/cri-o/blob/main/docs/crio.conf.5.md',
  },
  'cri-o-settings-cgroupfs': {
    component: 'CRI-O',
    what: 'the same, with cgroupfs',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: conmonEnds,
    source: crioUnit,
  },
  'cri-o-selinux': {
    component: 'CRI-O',
    what: 'SELinux labels of containers (selinux)',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'containers keep the label that they were started with, and what is denied to a labelled one shows when it starts',
    source: 'https://github.com/cri-o/cri-o/blob/main/docs/crio.conf.5.md',
  },
  'kubelet-cgroup-driver': {
    component: 'kubelet',
    what: 'cgroup driver, or proof of it',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'the kubelet keeps the cgroups that it finds, so they are made anew while no pod runs; stopped before, started after the runtime',
    source: cgroupDrivers,
  },
  'kubelet-runtime': {
    component: 'kubelet',
    what: 'endpoint of the runtime',
    disruption: 'restart',
    onJoinedNode: 'drain',
    why: 'pods of the runtime before would run on with nobody to end them; never while a sandbox exists',
    source: 'https://kubernetes.io/docs/tasks/administer-cluster/migrating-from-dockershim/change-runtime-containerd/',
  },
  'kubelet-settings': {
    component: 'kubelet',
    what: 'failSwapOn, flags',
    disruption: 'restart',
    why: 'the kubelet reads them at its start; pods keep running',
    source: 'https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/',
  },
  'kubelet-record': {
    component: 'kubelet',
    what: "kubeadm's record of the endpoint (instance-config.yaml)",
    disruption: 'none',
    why: 'only kubeadm reads it, at its next upgrade',
    source:
      'https://github.com/kubernetes/enhancements/tree/master/keps/sig-cluster-lifecycle/kubeadm/4656-add-kubelet-instance-configuration',
  },
} as const satisfies Record<string, DisruptionRow>;

export type DisruptionId = keyof typeof disruptionTable;

export const disruptionOf = (id: DisruptionId, joined = false): Disruption => {
  const row: DisruptionRow = disruptionTable[id];
  return joined ? (row.onJoinedNode ?? row.disruption) : row.disruption;
};

export const renderDisruptionTable = (): string => {
  const rows: readonly DisruptionRow[] = Object.values(disruptionTable);
  return [
    '| component | change | disruption | on a joined node | why | source |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      ({ component, what, disruption, onJoinedNode, why, source }) =>
        `| ${component} | ${what} | ${disruption} | ${onJoinedNode ?? disruption} | ${why} | <${source}> |`,
    ),
    '',
  ].join('\n');
};
