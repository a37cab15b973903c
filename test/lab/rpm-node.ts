import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BaseOptions, ensureBase } from './base.ts';
import { makeLayer } from './layer.ts';
import { withLock } from './lock.ts';
import { type BootOptions, bootNode, type LabNode } from './node.ts';
import { LAB_DIR, type Suite } from './settings.ts';

export type RpmBootOptions = Omit<BootOptions, 'suite' | 'packages' | 'layers'> & { readonly suite?: Suite };

/** What makes a Debian root look like another distribution: the package manager is Debian's build of it. */
export interface Disguise {
  /** Of the layer: `dnf`. */
  readonly name: string;
  /** Of Debian: what such systems have from the start. */
  readonly packages: readonly string[];
  readonly osRelease: string;
  /** Lines of the spec of the one package in rpm's database. */
  readonly system: readonly string[];
  /** sh in the root, before rpm is used. */
  readonly furnish: string;
}

/** What runtimes require of a system, as lines of a spec. */
export const provided: readonly string[] = [
  ...['/bin/sh', '/usr/sbin/groupadd', 'iptables', 'libcgroup', 'systemd', 'tar', 'xz'],
  ...['device-mapper-libs = 1.02.202', 'libseccomp = 2.5.2'],
].map(name => `Provides: ${name}`);

/**
 * No dpkg, no apt; rpm's database has one package that stands for all of the system and provides what runtimes require of it.
 * Units are enabled by nobody but the administrator, as on Red Hat's systems and SUSE's.
 */
const becoming = ({ osRelease, system, furnish }: Disguise): string =>
  `rm -rf /var/lib/dpkg /var/lib/apt /etc/apt /usr/bin/dpkg* /usr/bin/apt* /usr/lib/apt
mkdir -p /usr/lib/systemd/system-preset /etc/rpm
echo "disable *" >/usr/lib/systemd/system-preset/00-lab.preset
${furnish}
rm -f /etc/os-release
cat >/etc/os-release <<EOF
${osRelease}
EOF
mkdir /srv/lab
cat >/srv/lab/spec <<EOF
${system.join('\n')}
Summary: the system
License: none
BuildArch: noarch
AutoReqProv: no
${provided.join('\n')}
%description
None.
%files
EOF
rpmbuild -bb --quiet --define "_rpmdir /srv/lab" /srv/lab/spec
rpm -i /srv/lab/noarch/*.rpm
rm -rf /srv/lab /root/rpmbuild`;

export async function bootDisguised(
  disguise: Disguise,
  { suite = 'trixie', ...options }: RpmBootOptions = {},
): Promise<LabNode> {
  const { name, packages } = disguise;
  const base: BaseOptions = { suite, packages, ...(options.log && { log: options.log }) };
  const lower = await ensureBase(base);
  const become = becoming(disguise);
  const key = createHash('sha256')
    .update(JSON.stringify([lower, become]))
    .digest('hex')
    .slice(0, 10);
  const layer = join(LAB_DIR, 'layers', `${name}-${key}`);
  await withLock('layers', async () => {
    if (existsSync(layer)) return;
    mkdirSync(dirname(layer), { recursive: true });
    await makeLayer(lower, layer, become);
  });
  return bootNode({ ...options, suite, packages, layers: [layer] });
}
