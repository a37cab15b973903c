import type { LabNode } from './node.ts';
import { bootDisguised, type Disguise, type RpmBootOptions } from './rpm-node.ts';

/** Debian's dnf and rpm on a Debian root that calls itself Rocky Linux, with libraries that Debian's programs of CRI-O need. */
const rocky: Disguise = {
  name: 'dnf',
  packages: ['curl', 'dnf', 'libglib2.0-0t64', 'libyajl2', 'python3', 'rpm', 'strace'],
  osRelease: `NAME="Rocky Linux"
VERSION="9.6 (Blue Onyx)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.6"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Rocky Linux 9.6 (Blue Onyx), which the lab calls a Debian root with dnf"`,
  system: [
    'Name: rocky-release',
    'Version: 9.6',
    'Release: 1.1.el9',
    'Provides: system-release = 9.6',
    'Provides: system-release(releasever) = 9',
  ],
  furnish: `mkdir -p /etc/pki/rpm-gpg /etc/yum.repos.d /var/lib/rpm
echo "%_dbpath /var/lib/rpm" >/etc/rpm/macros.lab`,
};

export const bootDnfNode = (options?: RpmBootOptions): Promise<LabNode> => bootDisguised(rocky, options);
