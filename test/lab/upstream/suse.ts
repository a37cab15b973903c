import { copyUnit, type UpstreamPackage } from './packages.ts';
import { politely } from './polite.ts';
import { dockerSocketUnit, suseDockerServiceUnit } from './units.ts';

const number = '1.7.24';
const version = `${number}-150000.1.1`;

const runc = politely(
  {
    name: 'runc',
    version: '1.1.15-150000.1.1',
    fields: [],
    rpm: { fields: [] },
    originals: ['runc'],
    build: 'mkdir -p usr/sbin; cp -aL "$(find "$O"/runc -name runc -type f -perm -100 | head -n 1)" usr/sbin/',
  },
  '/usr/sbin/runc',
);

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
  runc,
];

const template = '/usr/share/fillup-templates/sysconfig.docker';

/** Docker there: over a containerd that it starts itself, its options in a file that fillup makes. docker/docker.spec, docker.service */
export const suseDocker: readonly UpstreamPackage[] = [
  ...suseContainerd,
  {
    name: 'docker',
    version: '26.1.5_ce-150000.1.1',
    fields: [],
    rpm: {
      fields: [
        'Requires: runc >= 1.1.9',
        'Requires: containerd >= 1.7.3',
        'Requires: iptables',
        'Requires: tar',
        'Requires: xz',
        'Conflicts: docker-stable',
      ],
    },
    originals: ['docker.io', 'docker-cli', 'tini'],
    build: `mkdir -p usr/bin
cp -a "$O"/docker.io/usr/sbin/dockerd "$O"/docker.io/usr/sbin/docker-proxy usr/bin/
cp -a "$O"/tini/usr/bin/tini-static usr/bin/docker-init
cp -a "$(find "$O" -path "*/usr/bin/docker" | head -n 1)" usr/bin/`,
    files: {
      '/usr/lib/systemd/system/docker.service': suseDockerServiceUnit,
      '/usr/lib/systemd/system/docker.socket': dockerSocketUnit,
      '/etc/docker/daemon.json':
        '{\n  "log-level": "warn",\n  "log-driver": "json-file",\n  "log-opts": {\n    "max-size": "10m",\n    "max-file": "5"\n  }\n}\n',
      [template]: '## Path           : System/Management\n## Type           : string\nDOCKER_OPTS=""\n',
    },
    conffiles: ['/etc/docker/daemon.json'],
    configure: `getent group docker >/dev/null || groupadd --system docker
mkdir -p /etc/sysconfig
[ -e /etc/sysconfig/docker ] || cp ${template} /etc/sysconfig/docker`,
    units: { names: ['docker.service', 'docker.socket'], action: 'restart' },
  },
];
