import type { LabNode } from './node.ts';
import { bootDisguised, type Disguise, type RpmBootOptions } from './rpm-node.ts';
import type { DnfDistribution } from './upstream/distributions.ts';

const furnish = `mkdir -p /etc/pki/rpm-gpg /etc/yum.repos.d /var/lib/rpm
echo "%_dbpath /var/lib/rpm" >/etc/rpm/macros.lab`;

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
  furnish,
};

/** dnf 5 of Debian sid, where Debian has it, on a root that calls itself Fedora. */
const fedora: Disguise = {
  name: 'dnf5',
  packages: ['curl', 'dnf5', 'rpm'],
  osRelease: `NAME="Fedora Linux"
VERSION="42 (Server Edition)"
ID=fedora
VERSION_ID=42
PLATFORM_ID="platform:f42"
PRETTY_NAME="Fedora Linux 42, which the lab calls a Debian root with dnf 5"`,
  system: [
    'Name: fedora-release',
    'Version: 42',
    'Release: 1',
    'Provides: system-release = 42',
    'Provides: system-release(releasever) = 42',
  ],
  furnish: `${furnish}
ln -sf dnf5 /usr/bin/dnf`,
};

/** Others over dnf, with the libraries and programs of that root. */
const disguised = (name: string, osRelease: string, system: readonly string[]): Disguise => ({
  ...rocky,
  name: `dnf-${name}`,
  osRelease,
  system,
});

const distributions: Readonly<Record<DnfDistribution, Disguise>> = {
  fedora: disguised(
    'fedora',
    `NAME="Fedora Linux"
VERSION="40 (Server Edition)"
ID=fedora
VERSION_ID=40
PLATFORM_ID="platform:f40"
PRETTY_NAME="Fedora Linux 40, which the lab calls a Debian root with dnf"`,
    [
      ...['Name: fedora-release', 'Version: 40', 'Release: 1'],
      ...['Provides: system-release = 40', 'Provides: system-release(releasever) = 40'],
    ],
  ),
  amazon: disguised(
    'amazon',
    `NAME="Amazon Linux"
VERSION="2023"
ID="amzn"
ID_LIKE="fedora"
VERSION_ID="2023"
PLATFORM_ID="platform:al2023"
PRETTY_NAME="Amazon Linux 2023, which the lab calls a Debian root with dnf"`,
    [
      ...['Name: system-release', 'Version: 2023.9', 'Release: 1.amzn2023'],
      ...['Provides: system-release(releasever) = 2023.9'],
    ],
  ),
  openEuler: disguised(
    'openeuler',
    `NAME="openEuler"
VERSION="24.03 (LTS-SP1)"
ID="openEuler"
VERSION_ID="24.03"
PRETTY_NAME="openEuler 24.03 (LTS-SP1), which the lab calls a Debian root with dnf"`,
    [
      ...['Name: openEuler-release', 'Version: 24.03LTS_SP1', 'Release: 1.oe2403sp1'],
      ...['Provides: system-release = 24.03LTS_SP1'],
    ],
  ),
};

/** A node that calls itself one of those that have runtimes of their own. */
export const bootDnfDistribution = (name: DnfDistribution, options?: RpmBootOptions): Promise<LabNode> =>
  bootDisguised(distributions[name], options);

export const bootDnf5Node = (): Promise<LabNode> => bootDisguised(fedora, { suite: 'sid' });

export const bootDnfNode = (options?: RpmBootOptions): Promise<LabNode> => bootDisguised(rocky, options);
