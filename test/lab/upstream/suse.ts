import { copyUnit, type UpstreamPackage } from './packages.ts';
import { politely } from './polite.ts';

const number = '1.7.24';
const version = `${number}-150000.1.1`;

/**
 * containerd as SUSE's own packages have it, of Debian's programs: all of it in /usr/sbin, its client in a package of its own, a configuration
 * that says nothing. https://build.opensuse.org/package/view_file/openSUSE:Factory/containerd/containerd.spec, runc/runc.spec
 */
export const suseContainerd: readonly UpstreamPackage[] = [
  {
    name: 'containerd',
    version,
    fields: [],
    rpm: { fields: ['Requires: runc', 'Provides: cri-runtime'] },
    originals: ['containerd'],
    build: `mkdir -p usr/sbin
cp -a "$O"/containerd/usr/bin/containerd* usr/sbin/
${copyUnit('containerd', 'containerd.service')}
sed -i -e 's|/usr/bin/containerd|/usr/sbin/containerd|' -e 's|^After=.*|&\\nConflicts=docker.service|' usr/lib/systemd/system/containerd.service`,
    files: { '/etc/containerd/config.toml': '# See containerd-config.toml(5) for documentation.\n' },
    conffiles: ['/etc/containerd/config.toml'],
    units: { names: ['containerd.service'], action: 'restart' },
  },
  {
    name: 'containerd-ctr',
    version,
    fields: [],
    rpm: { fields: [`Requires: containerd = ${number}`] },
    originals: ['containerd'],
    build: 'mkdir -p usr/sbin; cp -a "$O"/containerd/usr/bin/ctr usr/sbin/containerd-ctr',
  },
  politely(
    {
      name: 'runc',
      version: '1.1.15-150000.1.1',
      fields: [],
      rpm: { fields: [] },
      originals: ['runc'],
      build: 'mkdir -p usr/sbin; cp -aL "$(find "$O"/runc -name runc -type f -perm -100 | head -n 1)" usr/sbin/',
    },
    '/usr/sbin/runc',
  ),
];
