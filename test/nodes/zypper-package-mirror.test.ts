import { describe } from 'vitest';
import { bootZypperNode } from '../lab/index.ts';
import { packageMirrorByRpm } from './support/package-mirror-by-rpm.ts';

const keyFile = '/etc/pki/rpm-gpg/opensuse';

/** As the installer of Leap writes them; the lab's indexes have no signature, as docker.com's, so that the packages' is asked for. */
const section = (id: string, directory: string, enabled: string): string => `[${id}]
name=${directory}
enabled=${enabled}
autorefresh=1
baseurl=http://download.opensuse.org/${directory}
path=/
type=rpm-md
keeppackages=0
gpgcheck=1
repo_gpgcheck=0
pkg_gpgcheck=1
gpgkey=file://${keyFile}
`;
const oss = 'distribution/leap/15.6/repo/oss/';
const leap = `${section('repo-oss', oss, '1')}
${section('repo-debug', 'debug/distribution/leap/15.6/repo/oss/', '0')}`;

/** Debian's zypper, libzypp and rpm, on a Debian root that calls itself openSUSE Leap. docker.com has nothing for it, so its repository is named. */
describe('by zypper', () => {
  packageMirrorByRpm({
    boot: bootZypperNode,
    sources: '/etc/zypp/repos.d/repo-oss.repo',
    text: leap,
    directories: [`opensuse/${oss.replace(/\/$/, '')}`],
    keyFile,
    // zypper says which repository it is, and no address.
    told: mirror =>
      `Retrieving repository '${oss}' metadata [.error]\nSkipping repository '${oss}' because of the above error.\nCould not refresh the repositories because of errors.. Look with a browser what is below ${mirror}`,
    trusts: true,
    moved: mirror => leap.replace(`http://download.opensuse.org/${oss}`, `${mirror}/opensuse/${oss}`),
    repository: ({ url, fingerprint }) => ({ url, fingerprint }),
    kept: 'find /var/cache/zypp -name "repo-*" -o -name "nodeprep*"; ls /etc/zypp',
  });
});
