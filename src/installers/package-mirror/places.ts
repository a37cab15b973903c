/** Below a mirror of distributions, as regional ones (mirrors.aliyun.com, mirrors.tuna.tsinghua.edu.cn, mirrors.ustc.edu.cn) lay them out. */
interface Place {
  /** What is at this address … */
  readonly address: RegExp;
  /** … is here; `$1` is what follows. */
  readonly place: string;
}

const upstream: readonly Place[] = [
  { address: /^https?:\/\/download\.docker\.com\/linux\/(.*)$/, place: 'docker-ce/linux/$1' },
  { address: /^https?:\/\/pkgs\.k8s\.io\/(.*)$/, place: 'kubernetes/$1' },
];

/** Addresses as the files of distributions have them, variables of the package manager in them. */
const rpm: readonly Place[] = [
  ...upstream,
  { address: /^https?:\/\/dl\.rockylinux\.org\/(?:\$contentdir|pub\/rocky)\/(.*)$/, place: 'rockylinux/$1' },
  { address: /^https?:\/\/repo\.almalinux\.org\/almalinux\/(.*)$/, place: 'almalinux/$1' },
  {
    address: /^https?:\/\/(?:download\.example|(?:download|dl)\.fedoraproject\.org)\/pub\/fedora\/linux\/(.*)$/,
    place: 'fedora/$1',
  },
  {
    address: /^https?:\/\/(?:download\.example|(?:download|dl)\.fedoraproject\.org)\/pub\/epel\/(.*)$/,
    place: 'epel/$1',
  },
  { address: /^https?:\/\/mirror\.stream\.centos\.org\/(.*)$/, place: 'centos-stream/$1' },
  { address: /^https?:\/\/repo\.openeuler\.org\/(.*)$/, place: 'openeuler/$1' },
  // Not its build service, which mirrors do not have.
  { address: /^https?:\/\/(?:download|cdn)\.opensuse\.org\/(?!repositories\/)(.*)$/, place: 'opensuse/$1' },
];

/** CentOS Stream names lists of mirrors and no address. */
const centosLists = /^https?:\/\/mirrors\.centos\.org\/metalink\?repo=centos-([a-z]+)-\$stream&/;
const centosDirectories: Readonly<Record<string, string>> = {
  baseos: 'BaseOS',
  appstream: 'AppStream',
  crb: 'CRB',
  highavailability: 'HighAvailability',
};

/** undefined: not known to be on such a mirror. */
const placeAmong = (places: readonly Place[], url: string): string | undefined => {
  const found = places.find(({ address }) => address.test(url));
  return found && url.replace(found.address, found.place);
};

export const rpmPlace = (url: string): string | undefined => {
  const directory = centosDirectories[centosLists.exec(url)?.[1] ?? ''];
  return directory === undefined ? placeAmong(rpm, url) : `centos-stream/$stream/${directory}/$basearch/os/`;
};

/** A source of apt as far as its place depends on it. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  /** Path of the keyring, or nothing. */
  readonly signedBy: string;
}

export type AptPlace = { readonly place: string } | 'elsewhere' | 'mixed';

const debianHosts =
  /^https?:\/\/(?!(?:archive|snapshot|ports|incoming)\.)([\w-]+\.)*debian\.org(\/debian|\/debian-security)?\/?$/;
const debianLists = /^mirror\+file:\/+etc\/apt\/mirrors\/debian(-security)?\.list$/;
const ubuntuHosts = /^https?:\/\/([\w-]+\.)*(archive|security|ports)\.ubuntu\.com\/ubuntu(-ports)?\/?$/;

/** A source of the distribution is known by its address, or, on somebody's own mirror, by the distribution's keyring. */
export const aptPlace = ({ uri, suites, signedBy }: AptSource): AptPlace => {
  const found = placeAmong(upstream, uri);
  if (found !== undefined) return { place: found.replace(/\/+$/, '') };
  const isFetched = /^(https?|mirror\+\w+):/.test(uri) && !/debug\/?$/.test(uri);
  if (ubuntuHosts.test(uri) || (isFetched && /\/ubuntu-archive-keyring\.(gpg|pgp)$/.test(signedBy))) {
    return { place: /ports/.test(uri) ? 'ubuntu-ports' : 'ubuntu' };
  }
  const isDebian =
    debianHosts.test(uri) ||
    debianLists.test(uri) ||
    (isFetched && /\/debian-archive-keyring\.(gpg|pgp)$/.test(signedBy));
  if (!isDebian) return 'elsewhere';
  const security = suites.filter(suite => /-security$|\/updates$/.test(suite));
  if (security.length > 0 && security.length < suites.length) return 'mixed';
  return { place: security.length > 0 ? 'debian-security' : 'debian' };
};
