import type { LabNode } from './node.ts';
import { bootDisguised, type Disguise, type RpmBootOptions } from './rpm-node.ts';

/** Debian's zypper, libzypp and rpm on a Debian root that calls itself openSUSE Leap, with libraries that Debian's programs of CRI-O need. */
const leap: Disguise = {
  name: 'zypper',
  packages: [
    ...['curl', 'libzypp-bin', 'libzypp-common', 'libzypp-config', 'rpm', 'zypper'],
    ...['libglib2.0-0t64', 'libyajl2', 'python3', 'strace'],
  ],
  osRelease: `NAME="openSUSE Leap"
VERSION="15.6"
ID="opensuse-leap"
ID_LIKE="suse opensuse"
VERSION_ID="15.6"
PRETTY_NAME="openSUSE Leap 15.6, which the lab calls a Debian root with zypper"`,
  system: [
    'Name: openSUSE-release',
    'Version: 15.6',
    'Release: lp156.1.1',
    'Provides: distribution-release',
    'Provides: glibc',
    'Provides: product() = Leap',
    'Provides: product(Leap) = 15.6-1',
  ],
  // As SUSE has it: rpm's database lies below /usr, with a link where it used to be.
  furnish: `mkdir -p /usr/lib/sysimage/rpm /etc/products.d
rm -rf /var/lib/rpm
ln -s ../../usr/lib/sysimage/rpm /var/lib/rpm
echo "%_dbpath /usr/lib/sysimage/rpm" >/etc/rpm/macros.lab
cat >/etc/products.d/Leap.prod <<EOF
<?xml version="1.0" encoding="UTF-8"?>
<product schemeversion="0">
  <vendor>openSUSE</vendor>
  <name>Leap</name>
  <version>15.6</version>
  <release>1</release>
  <arch>x86_64</arch>
  <summary>openSUSE Leap 15.6</summary>
</product>
EOF
ln -s Leap.prod /etc/products.d/baseproduct`,
};

export const bootZypperNode = (options?: RpmBootOptions): Promise<LabNode> => bootDisguised(leap, options);
