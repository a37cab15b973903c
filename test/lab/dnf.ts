import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BaseOptions, ensureBase } from './base.ts';
import { makeLayer } from './layer.ts';
import { withLock } from './lock.ts';
import { type BootOptions, bootNode, type LabNode } from './node.ts';
import { LAB_DIR, type Suite } from './settings.ts';

/** Of Debian: what Red Hat's systems have from the start. */
const PACKAGES = ['curl', 'dnf', 'python3', 'rpm'];

/**
 * Debian's dnf and rpm on a Debian root that calls itself Rocky Linux: no dpkg, no apt; rpm's database has one package that stands for
 * all of the system, so packages must not require what a real one has. Units are enabled by nobody but the administrator, as there.
 */
const BECOME_ROCKY = `rm -rf /var/lib/dpkg /var/lib/apt /etc/apt /usr/bin/dpkg* /usr/bin/apt* /usr/lib/apt
mkdir -p /etc/pki/rpm-gpg /etc/yum.repos.d /usr/lib/systemd/system-preset /etc/rpm /var/lib/rpm
echo "disable *" >/usr/lib/systemd/system-preset/00-lab.preset
echo "%_dbpath /var/lib/rpm" >/etc/rpm/macros.lab
rm -f /etc/os-release
cat >/etc/os-release <<EOF
NAME="Rocky Linux"
VERSION="9.6 (Blue Onyx)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.6"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Rocky Linux 9.6 (Blue Onyx), which the lab calls a Debian root with dnf"
EOF
mkdir /srv/lab
cat >/srv/lab/spec <<EOF
Name: rocky-release
Version: 9.6
Release: 1.1.el9
Summary: the system
License: none
BuildArch: noarch
AutoReqProv: no
Provides: system-release = 9.6
Provides: system-release(releasever) = 9
Provides: /bin/sh
%description
None.
%files
EOF
rpmbuild -bb --quiet --define "_rpmdir /srv/lab" /srv/lab/spec
rpm -i /srv/lab/noarch/*.rpm
rm -rf /srv/lab /root/rpmbuild`;

export type DnfBootOptions = Omit<BootOptions, 'suite' | 'packages' | 'layers'> & { readonly suite?: Suite };

export async function bootDnfNode({ suite = 'trixie', ...options }: DnfBootOptions = {}): Promise<LabNode> {
  const base: BaseOptions = { suite, packages: PACKAGES, ...(options.log && { log: options.log }) };
  const lower = await ensureBase(base);
  const key = createHash('sha256')
    .update(JSON.stringify([lower, BECOME_ROCKY]))
    .digest('hex')
    .slice(0, 10);
  const layer = join(LAB_DIR, 'layers', `dnf-${key}`);
  await withLock('layers', async () => {
    if (existsSync(layer)) return;
    mkdirSync(dirname(layer), { recursive: true });
    await makeLayer(lower, layer, BECOME_ROCKY);
  });
  return bootNode({ ...options, suite, packages: PACKAGES, layers: [layer] });
}
