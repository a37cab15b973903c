import { readFileSync } from 'node:fs';
import type { RpmManager } from '../../../../src/facts/rpm-sources.ts';
import {
  type ArchiveServer,
  cniArchive,
  containerdArchive,
  criDockerdArchive,
  crioArchive,
  type LabArchive,
  leanRuncArchive,
  openArchiveServer,
} from '../../../lab/archives.ts';
import {
  bootDnfDistribution,
  bootDnfNode,
  bootNode,
  bootZypperNode,
  type LabNode,
  type Suite,
} from '../../../lab/index.ts';
import { goProblem } from '../../../lab/tools.ts';
import {
  containerdIo,
  containerdIo2,
  containerSelinux,
  criDockerd,
  criO,
  crioProblem,
  crun,
  type DnfDistribution,
  dockerCe,
  dockerEe,
  leapRelease,
  openRpmUpstream,
  openUpstream,
  ownContainerd,
  ownDocker,
  politely,
  rockyRelease,
  skopeo,
  suseContainerd,
  suseDocker,
  type UpstreamPackage,
  type UpstreamRepository,
} from '../../../lab/upstream/index.ts';
import { crioFrom, offerCrio } from '../crio-source.ts';
import { repositoryOfCrio } from '../repository-wish.ts';
import { trustRpmUpstream, trustUpstream } from '../trust-upstream.ts';
import { type ForeignConfig, foreignContainerd, foreignCrio, foreignDocker, foreignEngine } from './foreign-config.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** A runtime from a source on a release of Debian. */
export interface MatrixRow {
  readonly name: 'containerd' | 'cri-o' | 'docker' | 'mirantis';
  /** As the table says it, with its release line. */
  readonly runtime: string;
  readonly source: string;
  readonly suite: Suite;
  /** On a node with rpm and this over it, whose packages bring OCI runtimes that run there. */
  readonly rpm?: RpmManager;
  /** Which of those over dnf it is; undefined = Rocky. */
  readonly distribution?: DnfDistribution;
  /** As CRI has to tell it. */
  readonly version: RegExp;
  readonly foreign: ForeignConfig;
  /** Where its package puts runc, if not where Debian's does. */
  readonly runc?: string;
  /** In the node from the start. */
  readonly packages: readonly string[];
  /** Whether it pulls the sandbox image where it comes to a bare host; else it gets it from a file. */
  readonly pullsOnBare: boolean;
  readonly problem?: () => Promise<string | undefined>;
  open(node: LabNode): Promise<Source>;
}

/** Where a row takes its runtime from, for one node. */
export interface Source {
  /** `runtime` of the inventory, without its name. */
  readonly runtime: Mapping & { readonly archives?: Mapping };
  /** How somebody installs it without nodeprep. */
  byHand(): Promise<void>;
  close(): Promise<void>;
}

const nothing = async (): Promise<void> => undefined;
const installed = (node: LabNode, names: string) => async () => {
  await node.sh(`apt-get install -y -qq --no-install-recommends ${names} >/dev/null`);
};

const fromDistribution =
  (names: string) =>
  async (node: LabNode): Promise<Source> => ({ runtime: {}, byHand: installed(node, names), close: nothing });

/** A root that calls itself another distribution's; `system` stands for it where packages are resolved for a root that has nothing. */
const rpmSides = {
  dnf: { release: 'Rocky 9 (dnf)', boot: bootDnfNode, install: 'dnf install -y -q', system: rockyRelease },
  zypper: {
    release: 'Leap 15.6 (zypper)',
    boot: bootZypperNode,
    install: 'zypper -n -q install --no-recommends',
    system: leapRelease,
  },
} as const satisfies Record<RpmManager, unknown>;

const ownReleases = {
  fedora: 'Fedora 40 (dnf)',
  amazon: 'Amazon Linux 2023 (dnf)',
  openEuler: 'openEuler 24.03 (dnf)',
} as const satisfies Record<DnfDistribution, string>;

/** A node as the row needs it. */
export const bootRow = ({ suite, packages, rpm, distribution }: MatrixRow): Promise<LabNode> => {
  const cgroup = runsPods({ suite }) ? 'v1' : 'v2';
  if (distribution !== undefined) return bootDnfDistribution(distribution, { suite, cgroup });
  return rpm === undefined ? bootNode({ suite, packages, cgroup }) : rpmSides[rpm].boot({ suite, cgroup });
};

/** Pods run in nodes of cgroup v1, which sid's systemd refuses. */
export const runsPods = ({ suite }: Pick<MatrixRow, 'suite'>): boolean => suite !== 'sid';

/** As the table calls it. */
export const releaseOf = ({ suite, rpm, distribution }: MatrixRow): string => {
  if (distribution !== undefined) return ownReleases[distribution];
  return rpm === undefined ? suite : rpmSides[rpm].release;
};

const offering = async (node: LabNode, offers: readonly UpstreamPackage[]): Promise<UpstreamRepository> => {
  const upstream = await openUpstream(node);
  await upstream.offer(...offers);
  await upstream.publish();
  return upstream;
};

const licensed = (offers: readonly UpstreamPackage[]): { readonly acceptLicense?: true } =>
  offers.some(({ name }) => name === 'docker-ee') ? { acceptLicense: true } : {};

const fromUpstream =
  (...offers: readonly UpstreamPackage[]) =>
  async (node: LabNode): Promise<Source> => {
    const upstream = await offering(node, offers);
    return {
      runtime: {
        source: 'upstream',
        repository: { url: upstream.url, fingerprint: upstream.fingerprint },
        ...licensed(offers),
      },
      async byHand() {
        await trustUpstream(node, upstream);
        await installed(node, offers.map(({ name }) => name).join(' '))();
      },
      close: () => upstream.close(),
    };
  };

interface ByRpm {
  readonly offers: readonly UpstreamPackage[];
  /** In the same repository, and installed by nobody yet. */
  readonly beside?: readonly UpstreamPackage[];
  /** Started by hand, as nothing is by itself there. */
  readonly units: string;
  readonly version?: string;
}

const fromRpm =
  (manager: RpmManager, { offers, beside = [], units, version }: ByRpm, isFlat = false) =>
  async (node: LabNode): Promise<Source> => {
    const upstream = await openRpmUpstream(node);
    await upstream.offer(rpmSides[manager].system, containerSelinux(), ...offers, ...beside);
    await upstream.publish();
    const { url, fingerprint } = upstream;
    const repository = isFlat ? repositoryOfCrio(upstream) : { url, fingerprint };
    return {
      runtime: { source: 'upstream', repository, ...licensed(offers), ...(version === undefined ? {} : { version }) },
      async byHand() {
        await trustRpmUpstream(node, upstream, manager);
        await node.sh(`${rpmSides[manager].install} ${offers.map(({ name }) => name).join(' ')} >/dev/null
          systemctl enable -q --now ${units}`);
      },
      close: () => upstream.close(),
    };
  };

/** Packages of the distribution itself, in a repository that is there. */
const fromOwn =
  (manager: RpmManager, offers: readonly UpstreamPackage[], names: string, units: string) =>
  async (node: LabNode): Promise<Source> => {
    const upstream = await openRpmUpstream(node);
    await upstream.offer(...offers);
    await upstream.publish();
    await trustRpmUpstream(node, upstream, manager);
    return {
      runtime: {},
      async byHand() {
        await node.sh(`${rpmSides[manager].install} ${names} >/dev/null; systemctl enable -q --now ${units}`);
      },
      close: () => upstream.close(),
    };
  };

const politeContainerdIo = (): UpstreamPackage => politely(containerdIo('1.7.24-3.1.el9'), '/usr/bin/runc');
const crioRuntimes = ['/usr/libexec/crio/crun', '/usr/libexec/crio/runc'];

const crioFromUpstream = async (node: LabNode): Promise<Source> => {
  const upstream = await offerCrio(node);
  return {
    runtime: crioFrom(upstream),
    async byHand() {
      await trustUpstream(node, upstream);
      await installed(node, 'cri-o')();
      await node.sh('systemctl enable -q --now crio');
    },
    close: () => upstream.close(),
  };
};

/** cri-dockerd, which no distribution has, from a repository that is there. */
const dockerWithPackage = async (node: LabNode): Promise<Source> => {
  const upstream = await offering(node, [criDockerd()]);
  await trustUpstream(node, upstream);
  return {
    runtime: {},
    // The socket of cri-dockerd starts only where the group of the engine is.
    async byHand() {
      for (const name of ['docker.io', 'cri-dockerd']) await installed(node, name)();
    },
    close: () => upstream.close(),
  };
};

const serve = async (archives: Readonly<Record<string, LabArchive>>): Promise<[Mapping, ArchiveServer]> => {
  const server = await openArchiveServer(Object.values(archives));
  const entries = Object.entries(archives);
  const fetched = entries.map(([key, one]) => [key, { url: server.url(one), sha256: one.sha256 }] as const);
  return [Object.fromEntries(fetched), server];
};

const containerdFromArchive = async (node: LabNode): Promise<Source> => {
  const files = {
    containerd: await containerdArchive(),
    runc: await leanRuncArchive(node),
    cniPlugins: await cniArchive(node),
  };
  const [archives, server] = await serve(files);
  return {
    runtime: { source: 'archive', archives },
    // By containerd's guide: the unit is upstream's, beside the program.
    async byHand() {
      const put = (command: string, file: string) => node.sh(command, { input: readFileSync(file) });
      await put('tar -xz -C /usr/local', files.containerd.file);
      await put('cat >/usr/local/sbin/runc && chmod 755 /usr/local/sbin/runc', files.runc.file);
      await node.sh(
        `mkdir -p /usr/local/lib/systemd/system && cat >/usr/local/lib/systemd/system/containerd.service
        systemctl daemon-reload && systemctl enable -q --now containerd`,
        { input: handmadeUnit },
      );
    },
    close: async () => server.close(),
  };
};

/** Only its configuration is there before. */
const crioFromArchive = async (node: LabNode): Promise<Source> => {
  const [archives, server] = await serve({ crio: await crioArchive(node) });
  return { runtime: { source: 'archive', archives }, byHand: nothing, close: async () => server.close() };
};

const handmadeUnit = `[Unit]
Description=containerd container runtime
After=network.target dbus.service

[Service]
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`;

/** An engine of packages, cri-dockerd of an archive. */
const withArchive =
  (open: MatrixRow['open']) =>
  async (node: LabNode): Promise<Source> => {
    const engine = await open(node);
    const [archives, server] = await serve({ criDockerd: await criDockerdArchive() });
    return {
      runtime: { ...engine.runtime, archives },
      byHand: engine.byHand,
      async close() {
        server.close();
        await engine.close();
      },
    };
  };

const packages = ['containernetworking-plugins'];

const containerd = {
  name: 'containerd',
  packages,
  runtime: 'containerd',
  foreign: foreignContainerd,
  pullsOnBare: true,
} as const;
const crio = {
  name: 'cri-o',
  runtime: 'CRI-O 1.36',
  suite: 'trixie',
  version: /^1\.36\./,
  packages: [...packages, 'libyajl2', 'libglib2.0-0t64'],
  pullsOnBare: true,
  problem: crioProblem,
} as const;
const docker = { name: 'docker', packages, foreign: foreignDocker, pullsOnBare: false, problem: goProblem } as const;

const containerdArchived = {
  ...containerd,
  suite: 'trixie',
  runtime: 'containerd 2.2',
  version: /^v?2\.2\./,
  problem: goProblem,
  open: containerdFromArchive,
} as const;
const crioArchived = { ...crio, foreign: { ...foreignCrio, make: 'true' }, open: crioFromArchive } as const;

const onRpm = (rpm: RpmManager): readonly MatrixRow[] => {
  const there = { source: 'upstream', suite: 'trixie', packages: [], rpm } as const;
  const engine = (offers: readonly UpstreamPackage[]) =>
    fromRpm(rpm, {
      offers: [politeContainerdIo(), ...offers, criDockerd()],
      units: 'docker cri-docker.socket cri-docker.service',
    });
  return [
    {
      ...containerd,
      ...there,
      version: /^1\.7\./,
      runtime: 'containerd.io 1.7',
      open: fromRpm(rpm, { offers: [politeContainerdIo()], beside: [crun], units: 'containerd' }),
    },
    {
      ...docker,
      ...there,
      runtime: 'docker-ce, cri-dockerd as package',
      version: /^26\./,
      open: engine(dockerCe('5:28.5.2-1')),
    },
    {
      ...docker,
      ...there,
      name: 'mirantis',
      runtime: 'docker-ee, cri-dockerd as package',
      version: /^26\./,
      open: engine(dockerEe('5:25.0.14-1')),
    },
    {
      ...crio,
      ...there,
      foreign: foreignCrio,
      open: fromRpm(
        rpm,
        { offers: [politely(criO(), ...crioRuntimes)], beside: [skopeo], units: 'crio', version: '1.36' },
        true,
      ),
    },
    { ...containerdArchived, ...there, source: 'archive' },
    { ...crioArchived, ...there, source: 'archive' },
    {
      ...docker,
      ...there,
      runtime: 'docker-ce, cri-dockerd as archive',
      version: /^26\./,
      open: withArchive(fromRpm(rpm, { offers: [politeContainerdIo(), ...dockerCe('5:28.5.2-1')], units: 'docker' })),
    },
  ];
};

/** containerd and Docker of distributions that have them, over dnf. */
const onOwnDnf = (distribution: DnfDistribution): readonly MatrixRow[] => {
  const there = { source: 'distribution', suite: 'trixie', packages: [], rpm: 'dnf', distribution } as const;
  const engine = [containerSelinux(), ...ownDocker(distribution)];
  const name = engine.find(({ units }) => units?.names.includes('docker.service'))?.name ?? '';
  return [
    {
      ...containerd,
      ...there,
      runtime: 'containerd 1.7',
      version: /^1\.7\./,
      open: fromOwn('dnf', ownContainerd(distribution), 'containerd', 'containerd'),
    },
    {
      ...docker,
      ...there,
      runtime: `${name} 26, cri-dockerd as archive`,
      version: /^26\./,
      foreign: foreignEngine,
      open: withArchive(fromOwn('dnf', engine, name, 'docker')),
    },
  ];
};

export const matrixRows: readonly MatrixRow[] = [
  {
    ...containerd,
    source: 'distribution',
    suite: 'bookworm',
    runtime: 'containerd 1.6',
    version: /^1\.6\./,
    open: fromDistribution('containerd'),
  },
  {
    ...containerd,
    source: 'distribution',
    suite: 'trixie',
    runtime: 'containerd 1.7',
    version: /^1\.7\./,
    open: fromDistribution('containerd'),
  },
  {
    ...containerd,
    source: 'distribution',
    suite: 'sid',
    runtime: 'containerd 2',
    version: /^2\./,
    open: fromDistribution('containerd'),
  },
  {
    ...containerd,
    source: 'upstream',
    suite: 'bookworm',
    runtime: 'containerd 1.6',
    version: /^1\.6\./,
    runc: '/usr/bin/runc',
    open: fromUpstream(containerdIo()),
  },
  {
    ...containerd,
    source: 'upstream',
    suite: 'trixie',
    runtime: 'containerd 1.7',
    version: /^1\.7\./,
    runc: '/usr/bin/runc',
    open: fromUpstream(containerdIo()),
  },
  {
    ...containerd,
    source: 'upstream',
    suite: 'trixie',
    runtime: 'containerd 2.2',
    version: /^v?2\.2\./,
    problem: goProblem,
    runc: '/usr/bin/runc',
    open: fromUpstream(containerdIo2()),
  },
  { ...containerdArchived, source: 'archive' },
  { ...crio, source: 'upstream', foreign: foreignCrio, open: crioFromUpstream },
  { ...crioArchived, source: 'archive' },
  {
    ...docker,
    runtime: 'docker.io 26, cri-dockerd as package',
    packages: [...packages, 'docker-cli'],
    source: 'distribution',
    suite: 'trixie',
    version: /^26\./,
    open: dockerWithPackage,
  },
  {
    ...docker,
    runtime: 'docker.io 28, cri-dockerd as archive',
    source: 'distribution',
    suite: 'sid',
    version: /^28\./,
    open: withArchive(fromDistribution('docker.io')),
  },
  // The repacked engines are Debian's own under other numbers: dockerd tells its own.
  {
    ...docker,
    runtime: 'docker-ce, cri-dockerd as archive',
    source: 'upstream',
    suite: 'trixie',
    version: /^26\./,
    runc: '/usr/bin/runc',
    open: withArchive(fromUpstream(containerdIo(), ...dockerCe('5:28.5.2-1~debian.13~trixie'))),
  },
  {
    ...docker,
    name: 'mirantis',
    runtime: 'docker-ee, cri-dockerd as archive',
    source: 'upstream',
    suite: 'trixie',
    version: /^26\./,
    runc: '/usr/bin/runc',
    open: withArchive(fromUpstream(containerdIo(), ...dockerEe('5:25.0.14-1~debian'))),
  },
  ...(['dnf', 'zypper'] as const).flatMap(onRpm),
  ...(['fedora', 'amazon', 'openEuler'] as const).flatMap(onOwnDnf),
  {
    ...containerd,
    rpm: 'zypper',
    source: 'distribution',
    suite: 'trixie',
    packages: [],
    runtime: 'containerd 1.7',
    version: /^1\.7\./,
    open: fromOwn('zypper', suseContainerd, 'containerd containerd-ctr', 'containerd'),
  },
  {
    ...docker,
    rpm: 'zypper',
    source: 'distribution',
    suite: 'trixie',
    packages: [],
    runtime: 'docker 26, cri-dockerd as archive',
    version: /^26\./,
    open: withArchive(fromOwn('zypper', suseDocker, 'docker', 'docker')),
  },
];

/** The first that is called so. */
export const matrixRow = (runtime: string, rpm?: RpmManager, source?: MatrixRow['source']): MatrixRow => {
  const found = matrixRows.find(
    row => row.runtime.startsWith(runtime) && row.rpm === rpm && (source === undefined || row.source === source),
  );
  if (found === undefined) throw new Error(`no row of the matrix is called ${runtime}`);
  return found;
};
