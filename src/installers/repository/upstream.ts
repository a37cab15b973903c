import type { DesiredKey, DesiredNode, DesiredRepository } from '../../core/desired.ts';
import type { OsRelease } from '../../facts/os-release.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';

/** A package source for apt, everything settled. */
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
export const upstreamRepository = (desired: DesiredNode, os: OsRelease): RepositoryChoice => {
  const wanted = desired.runtime.repository ?? {};
  switch (desired.runtime.name) {
    case 'containerd':
    case 'docker':
      return docker(wanted, os);
    case 'cri-o':
      return { ok: true, repository: crio(wanted, minorOf(desired)) };
    case 'mirantis':
      return mirantis(wanted, os);
  }
};

/** https://docs.docker.com/engine/install/debian/ and ubuntu/ */
const dockerKey = '9DC858229FC7DD38854AE2D88D81803C0EBFCD88';
const dockerFor = ['debian', 'ubuntu', 'raspbian'];

const docker = (wanted: DesiredRepository, { id, codename, prettyName }: OsRelease): RepositoryChoice => {
  const suite = wanted.suite ?? codename;
  if (wanted.url === undefined && !dockerFor.includes(id)) {
    return notFor(`docker.com has packages for ${dockerFor.join(', ')}, and this is ${prettyName} (ID=${id})`);
  }
  if (suite === undefined)
    return notFor(`/etc/os-release of this host names no VERSION_CODENAME, the suite of packages`);
  const url = base(wanted.url ?? `https://download.docker.com/linux/${id}`);
  return {
    ok: true,
    repository: {
      name: 'docker',
      url,
      suite,
      components: wanted.components ?? (isFlat(suite) ? [] : ['stable']),
      key: wanted.key ?? { from: 'url', url: `${url}/gpg` },
      fingerprint: wanted.fingerprint ?? dockerKey,
    },
  };
};

const notFor = (why: string): RepositoryChoice => ({
  ok: false,
  refusal: planRefused(
    why,
    'Name the repository and its suite in the inventory: runtime: { repository: { url: …, suite: … } }.',
  ),
});

/** As apt and users of it saw it in 2025 and 2026: https://github.com/cri-o/cri-o/issues/9298 */
const crioKey = '85B67D5C50100B1AC8CEFE49CBA9C85640A2B579';

/** One repository for each minor version: https://github.com/cri-o/packaging#distributions-using-deb-packages */
const crio = (wanted: DesiredRepository, minor: string): Repository => {
  const url = base(wanted.url ?? `https://download.opensuse.org/repositories/isv:/cri-o:/stable:/v${minor}/deb`);
  return {
    name: 'cri-o',
    url: `${url}/`,
    suite: wanted.suite ?? '/',
    components: wanted.components ?? [],
    key: wanted.key ?? { from: 'url', url: `${url}/Release.key` },
    fingerprint: wanted.fingerprint ?? crioKey,
  };
};

/** CRI-O goes with the Kubernetes of the same minor version. */
const minorOf = ({ kubernetesVersion, runtime }: DesiredNode): string =>
  (runtime.version !== undefined && /^\d+\.\d+/.exec(runtime.version)?.[0]) ||
  kubernetesVersion.split('.').slice(0, 2).join('.');

/** Its key for deb packages, and its channels: https://docs.mirantis.com/mcr/current/ */
const mirantisKey = 'DD911E995A64A202E85907D6BC14F10B6D085F96';

const mirantis = (wanted: DesiredRepository, { codename }: OsRelease): RepositoryChoice => {
  const suite = wanted.suite ?? codename;
  if (wanted.url === undefined || suite === undefined) {
    return notFor('Mirantis Container Runtime comes from a repository that the inventory has to name');
  }
  const url = base(wanted.url);
  return {
    ok: true,
    repository: {
      name: 'mirantis',
      url,
      suite,
      components: wanted.components ?? (isFlat(suite) ? [] : ['stable']),
      key: wanted.key ?? { from: 'url', url: `${url}/gpg` },
      fingerprint: wanted.fingerprint ?? mirantisKey,
    },
  };
};

const base = (url: string): string => url.replace(/\/+$/, '');

export const isFlat = (suite: string): boolean => suite.endsWith('/');
