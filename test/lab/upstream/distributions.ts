import { copyUnit, type UpstreamPackage } from './packages.ts';
import { politely } from './polite.ts';
import { dockerSocketUnit } from './units.ts';

/** Distributions over dnf that have runtimes of their own. */
export type DnfDistribution = 'fedora' | 'amazon' | 'openEuler';

interface Own {
  readonly release: string;
  /** What its package has of configuration; undefined = none. */
  readonly containerdConfig?: string;
  readonly engine: string;
  readonly engineRelations: readonly string[];
  /** Its command line, and what it reads of it in /etc/sysconfig/docker. */
  readonly command: string;
  readonly sysconfig: string;
  /** The unit that its own comes and goes with; undefined = dockerd runs a containerd itself where none answers. */
  readonly boundTo?: string;
  /** Where docker-init and docker-proxy lie. */
  readonly helpers: string;
  /** A package of its own for the client, that the engine requires; undefined = the engine brings it. */
  readonly client?: string;
}

/**
 * Names, relations, paths and configuration of each one's own packages:
 * Fedora: https://src.fedoraproject.org/rpms/containerd and /moby-engine (the spec of 24.0.5, docker.service, docker.sysconfig);
 * Amazon Linux 2023: https://docs.aws.amazon.com/linux/al2023/ug/container.html names them, docker.service is as it shows itself there;
 * openEuler 24.03: containerd 1.6.22 by its guide to Kubernetes, https://gitee.com/src-openeuler/moby (the spec of 25.0.3, docker.service, docker.sysconfig).
 */
const own: Readonly<Record<DnfDistribution, Own>> = {
  fedora: {
    release: 'fc40',
    containerdConfig: `version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/libexec/cni/"
      conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.internal.v1.opt"]
    path = "/var/lib/containerd/opt"
`,
    engine: 'moby-engine',
    engineRelations: [
      'Provides: docker = 26.1.5',
      'Conflicts: docker-ce',
      'Conflicts: docker-ee',
      'Conflicts: docker-io',
    ],
    command: '--host=fd:// --exec-opt native.cgroupdriver=systemd $OPTIONS',
    sysconfig: `# /etc/sysconfig/docker

# Modify these options if you want to change the way the docker daemon runs
OPTIONS="--selinux-enabled \\
  --log-driver=journald \\
  --live-restore \\
  --default-ulimit nofile=1024:1024 \\
  --init-path /usr/libexec/docker/docker-init \\
  --userland-proxy-path /usr/libexec/docker/docker-proxy \\
"
`,
    helpers: 'usr/libexec/docker',
  },
  amazon: {
    release: 'amzn2023.0.1',
    engine: 'docker',
    engineRelations: ['Conflicts: docker-ce', 'Conflicts: docker-ee'],
    command:
      '-H fd:// --containerd=/run/containerd/containerd.sock $OPTIONS $DOCKER_STORAGE_OPTIONS $DOCKER_ADD_RUNTIMES',
    // Its own 32768:65536 is more than a node of the lab may set; this is what it had as Amazon Linux 2.
    sysconfig: `# The max number of open files for the daemon itself, and all
# running containers.
DAEMON_MAXFILES=1048576

# Additional startup options for the Docker daemon, for example:
# OPTIONS="--ip-forward=true --iptables=true"
OPTIONS="--default-ulimit nofile=1024:4096"
`,
    boundTo: 'containerd.service',
    helpers: 'usr/bin',
  },
  openEuler: {
    release: 'oe2403',
    engine: 'moby-engine',
    client: 'moby-client',
    engineRelations: ['Conflicts: docker-ce', 'Conflicts: docker-ee', 'Conflicts: docker-engine'],
    command: '-H fd:// $OPTIONS',
    sysconfig: `# /etc/sysconfig/docker

# Modify these options if you want to change the way the docker daemon runs
OPTIONS="--log-driver=journald \\
  --live-restore \\
  --default-ulimit nofile=1024:1024 \\
"
`,
    helpers: 'usr/bin',
  },
};

const runc = (release: string): UpstreamPackage =>
  politely(
    {
      name: 'runc',
      version: `1.1.15-1.${release}`,
      fields: [],
      rpm: { fields: [] },
      originals: ['runc'],
      build: 'mkdir -p usr/bin; cp -aL "$(find "$O"/runc -name runc -type f -perm -100 | head -n 1)" usr/bin/',
    },
    '/usr/bin/runc',
  );

const configPath = '/etc/containerd/config.toml';

/** containerd as the distribution's own packages have it, of Debian's programs. */
export const ownContainerd = (distribution: DnfDistribution): readonly UpstreamPackage[] => {
  const { release, containerdConfig } = own[distribution];
  return [
    {
      name: 'containerd',
      version: `1.7.24-1.${release}`,
      fields: [],
      rpm: { fields: ['Requires: runc'] },
      originals: ['containerd'],
      build: `mkdir -p usr/bin; cp -a "$O"/containerd/usr/bin/* usr/bin/
${copyUnit('containerd', 'containerd.service')}`,
      ...(containerdConfig === undefined ? {} : { files: { [configPath]: containerdConfig }, conffiles: [configPath] }),
      units: { names: ['containerd.service'], action: 'restart' },
    },
    runc(release),
  ];
};

const serviceUnit = ({ command, boundTo }: Own): string => `[Unit]
Description=Docker Application Container Engine
Documentation=https://docs.docker.com
${boundTo === undefined ? '' : `BindsTo=${boundTo}\n`}After=network-online.target docker.socket firewalld.service containerd.service
Wants=network-online.target
Requires=docker.socket

[Service]
Type=notify
EnvironmentFile=-/etc/sysconfig/docker
EnvironmentFile=-/etc/sysconfig/docker-storage
EnvironmentFile=-/run/docker/runtimes.env
ExecStart=/usr/bin/dockerd ${command}
ExecReload=/bin/kill -s HUP $MAINPID
LimitNOFILE=infinity
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Delegate=yes
KillMode=process
RestartSec=2
Restart=always
StartLimitBurst=3
StartLimitInterval=60s

[Install]
WantedBy=multi-user.target
`;

const putClient = 'mkdir -p usr/bin; cp -a "$(find "$O" -path "*/usr/bin/docker" | head -n 1)" usr/bin/';

/** Docker over that containerd. */
export const ownDocker = (distribution: DnfDistribution): readonly UpstreamPackage[] => {
  const { release, engine, engineRelations, sysconfig, helpers, client } = own[distribution];
  const version = `26.1.5-1.${release}`;
  const settings = '/etc/sysconfig/docker';
  const requires = ['container-selinux', 'containerd', 'runc', 'iptables', 'systemd', 'tar', 'xz'];
  return [
    ...ownContainerd(distribution),
    {
      name: engine,
      version,
      fields: [],
      rpm: {
        fields: [...requires, ...(client === undefined ? [] : [client])]
          .map(name => `Requires: ${name}`)
          .concat(engineRelations),
      },
      originals: ['docker.io', 'docker-cli', 'tini'],
      build: `mkdir -p usr/bin ${helpers}
cp -a "$O"/docker.io/usr/sbin/dockerd usr/bin/
cp -a "$O"/docker.io/usr/sbin/docker-proxy ${helpers}/
cp -a "$O"/tini/usr/bin/tini-static ${helpers}/docker-init
${client === undefined ? putClient : ''}`,
      files: {
        '/usr/lib/systemd/system/docker.service': serviceUnit(own[distribution]),
        '/usr/lib/systemd/system/docker.socket': dockerSocketUnit,
        [settings]: sysconfig,
      },
      conffiles: [settings],
      configure: 'getent group docker >/dev/null || groupadd --system docker',
      units: { names: ['docker.service', 'docker.socket'], action: 'restart' },
    },
    ...(client === undefined
      ? []
      : [
          {
            name: client,
            version,
            fields: [],
            rpm: { fields: [`Requires: ${engine} = 26.1.5`] },
            originals: ['docker.io', 'docker-cli'],
            build: putClient,
          },
        ]),
  ];
};
