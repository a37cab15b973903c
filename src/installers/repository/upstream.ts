import type { DesiredKey, DesiredNode, DesiredRepository } from '../../core/desired.ts';
import { withoutEndingSlashes } from '../../core/ending-slashes.ts';
import { type PackageFormat, packageFormatOf } from '../../core/package-manager.ts';
import type { OsRelease } from '../../facts/os-release.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';

/** A package source, everything settled. */
export interface Repository {
  /** Part of the names of its files. */
  readonly name: string;
  readonly url: string;
  readonly suite: string;
  readonly components: readonly string[];
  readonly key: DesiredKey;
  readonly fingerprint: string;
}

export type RepositoryChoice =
  | { readonly ok: true; readonly repository: Repository }
  | { readonly ok: false; readonly refusal: Refusal };

/** Where upstream's packages of the runtime are for this distribution; what the inventory says wins. */
export const upstreamRepository = (desired: DesiredNode, release: OsRelease, os: OsFamily): RepositoryChoice => {
  const { packageMirror } = desired;
  const wanted = desired.runtime.repository ?? {};
  switch (desired.runtime.name) {
    case 'containerd':
    case 'docker':
      return docker(wanted, release, os, packageMirror);
    case 'cri-o':
      return { ok: true, repository: crio(wanted, minorOf(desired), os, packageMirror) };
    case 'mirantis':
      return mirantis(wanted, release, os);
  }
};

/** https://docs.docker.com/engine/install/: one key for deb packages, another for rpm packages. */
const dockerKeys = {
  deb: '9DC858229FC7DD38854AE2D88D81803C0EBFCD88',
  rpm: '060A61C51B558A7F742B77AAC52FEB6B621E9F35',
} as const satisfies Record<PackageFormat, string>;

const docker = (
  wanted: DesiredRepository,
  release: OsRelease,
  os: OsFamily,
  mirror: string | undefined,
): RepositoryChoice => {
  const directory = os.dockerDirectory(release);
  if (wanted.url === undefined && directory === undefined) {
    return notFor(`docker.com has no packages for this distribution: ${release.prettyName} (ID=${release.id})`);
  }
  const suite = wanted.suite ?? suiteOf(release, os);
  if (suite === undefined) return notFor(noSuite(os));
  const root = mirror === undefined ? 'https://download.docker.com' : `${mirror}/docker-ce`;
  const url = withoutEndingSlashes(wanted.url ?? `${root}/linux/${directory}`);
  return {
    ok: true,
    repository: {
      name: 'docker',
      url,
      suite,
      components: wanted.components ?? (isFlat(suite) ? [] : ['stable']),
      key: wanted.key ?? { from: 'url', url: `${url}/gpg` },
      fingerprint: wanted.fingerprint ?? dockerKeys[packageFormatOf(os.packageManager)],
    },
  };
};

/** What repositories for this distribution are parted by: Debian's code name, or the number of the release. */
const suiteOf = ({ codename, versionId }: OsRelease, { packageManager }: OsFamily): string | undefined =>
  packageManager === 'apt' ? codename : versionId?.replace(/\..*/, '');

const noSuite = ({ packageManager }: OsFamily): string =>
  packageManager === 'apt'
    ? '/etc/os-release of this host names no VERSION_CODENAME, the suite of packages'
    : '/etc/os-release of this host names no VERSION_ID, the release that packages are made for';

const notFor = (why: string): RepositoryChoice => ({
  ok: false,
  refusal: planRefused(
    why,
    'Name the repository and its suite in the inventory: runtime: { repository: { url: …, suite: … } }.',
  ),
});

/** As apt and users of it saw it in 2025 and 2026: https://github.com/cri-o/cri-o/issues/9298. The project signs both kinds with it. */
const crioKey = '85B67D5C50100B1AC8CEFE49CBA9C85640A2B579';

/** Regional mirrors have CRI-O as pkgs.k8s.io had it, signed by Kubernetes: https://kubernetes.io/blog/2023/10/10/cri-o-community-package-infrastructure/ */
const kubernetesKey = 'DE15B14486CD377B9E876E1A234654DA9A296436';

/** One repository for each minor version: https://github.com/cri-o/packaging#readme */
const crio = (
  wanted: DesiredRepository,
  minor: string,
  { packageManager }: OsFamily,
  mirror: string | undefined,
): Repository => {
  const [format, keyFile] = packageManager === 'apt' ? ['deb', 'Release.key'] : ['rpm', 'repodata/repomd.xml.key'];
  const isMirrored = mirror !== undefined && wanted.url === undefined;
  const root = isMirrored
    ? `${mirror}/kubernetes/addons:/cri-o:/stable:`
    : 'https://download.opensuse.org/repositories/isv:/cri-o:/stable:';
  const url = withoutEndingSlashes(wanted.url ?? `${root}/v${minor}/${format}`);
  return {
    name: 'cri-o',
    url: `${url}/`,
    suite: wanted.suite ?? '/',
    components: wanted.components ?? [],
    key: wanted.key ?? { from: 'url', url: `${url}/${keyFile}` },
    fingerprint: wanted.fingerprint ?? (isMirrored ? kubernetesKey : crioKey),
  };
};

/** CRI-O goes with the Kubernetes of the same minor version. */
const minorOf = ({ kubernetesVersion, runtime }: DesiredNode): string =>
  (runtime.version !== undefined && /^\d+\.\d+/.exec(runtime.version)?.[0]) ||
  kubernetesVersion.split('.').slice(0, 2).join('.');

/** Its keys, and its channels: https://docs.mirantis.com/mcr/current/ */
const mirantisKeys = {
  deb: 'DD911E995A64A202E85907D6BC14F10B6D085F96',
  rpm: '77FEDA131A831D29A418D3E899E5FF2E76682BC9',
} as const satisfies Record<PackageFormat, string>;

const mirantis = (wanted: DesiredRepository, release: OsRelease, os: OsFamily): RepositoryChoice => {
  const suite = wanted.suite ?? suiteOf(release, os);
  if (wanted.url === undefined || suite === undefined) {
    return notFor('Mirantis Container Runtime comes from a repository that the inventory has to name');
  }
  const url = withoutEndingSlashes(wanted.url);
  return {
    ok: true,
    repository: {
      name: 'mirantis',
      url,
      suite,
      components: wanted.components ?? (isFlat(suite) ? [] : ['stable']),
      key: wanted.key ?? { from: 'url', url: `${url}/gpg` },
      fingerprint: wanted.fingerprint ?? mirantisKeys[packageFormatOf(os.packageManager)],
    },
  };
};

export const isFlat = (suite: string): boolean => suite.endsWith('/');
