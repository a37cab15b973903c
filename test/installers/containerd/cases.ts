import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DesiredNode, DesiredRuntime } from '../../../src/core/desired.ts';
import type { Containerd } from '../../../src/facts/containerd.ts';
import type { HostFile } from '../../../src/facts/fact.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';

export const fixtures = new URL('../../fixtures/containerd-config/', import.meta.url).pathname;
const configDirectory = '/etc/containerd';

export interface Case {
  /** Folder of the configuration. */
  readonly folder: string;
  readonly versions: readonly string[];
  readonly runtime?: Partial<DesiredRuntime>;
}

/** Versions that were run: Debian's packages of bookworm, trixie and sid, and the lab's own build. */
const v16 = '1.6.20';
const v17 = '1.7.24';
const v21 = '2.1.9';
const v22 = '2.2.0';
const all = [v16, v17, v21];

export const cases: readonly Case[] = [
  { folder: 'debian-packaged', versions: all },
  { folder: 'nvidia-disabled', versions: all },
  { folder: 'docker-packaged', versions: all },
  { folder: 'docker-appended', versions: all },
  { folder: 'unversioned-v1', versions: [v16, v17] },
  { folder: 'inline-and-dotted', versions: all },
  { folder: 'crlf', versions: all },
  { folder: 'drop-in-copy-1x', versions: all },
  { folder: 'drop-in-2x', versions: [v21] },
  { folder: 'legacy-systemd-cgroup', versions: all },
  { folder: 'nvidia-only', versions: all },
  { folder: 'old-default-runtime', versions: all },
  { folder: 'default-2.1', versions: [v21] },
  { folder: 'half-runc', versions: all },
  { folder: 'default-1.6', versions: [v16, v17] },
  { folder: 'default-1.7', versions: [v17, v21, v22] },
  { folder: 'default-2.2', versions: [v22] },
  { folder: 'containerd-io-2', versions: [...all, v22] },
  { folder: 'k3s-like', versions: all },
  { folder: 'k3s-like-v3', versions: [v21, v22] },
  { folder: 'nvidia-ctk', versions: all },
  { folder: 'nvidia-ctk-drop-in', versions: [v21, v22] },
  { folder: 'tabs', versions: all },
  { folder: 'comments-everywhere', versions: all },
  { folder: 'arrays-of-tables', versions: all },
  { folder: 'unicode', versions: all },
  { folder: 'dotted-keys', versions: all },
  { folder: 'gvisor-and-kata', versions: all },
  { folder: 'kubespray-like', versions: all },
  { folder: 'two-spellings', versions: all },
  { folder: 'mirrors-and-auths', versions: all },
  { folder: 'literal-and-multiline', versions: all },
  { folder: 'migrated', versions: [v21, v22] },
  { folder: 'no-last-newline', versions: all },
  { folder: 'cgroupfs-v3', versions: [v21], runtime: { cgroupDriver: 'cgroupfs', cniBinDir: '/opt/cni/bin' } },
];

/** The same, where the inventory asks for 2.x: files of schema 1 and 2 are brought to schema 3. */
export const migrations: readonly Case[] = cases
  .filter(({ folder, versions }) => versions.includes(v21) || folder === 'unversioned-v1')
  .map(({ folder, runtime }) => ({ folder, versions: [v21, v22], runtime: { ...runtime, version: '2.1' } }));

export const desiredOf = ({ runtime }: Case): DesiredNode =>
  desiredNode({ ...(runtime === undefined ? {} : { runtime }) });

/** The files of a case as the host shows them, imports in the order in which containerd reads them. */
export const containerdOf = ({ folder }: Case, version: string): Containerd => ({
  binary: '/usr/bin/containerd',
  version,
  config: hostFile(folder, 'config.toml'),
  imports: dropIns(folder),
  dump: undefined,
  dumpError: undefined,
  socket: true,
  replacedPids: [],
  cniBinDirs: [],
});

const hostFile = (folder: string, path: string): HostFile =>
  aFile(`${configDirectory}/${path}`, readFileSync(join(fixtures, folder, path), 'utf8'));

const dropIns = (folder: string): readonly HostFile[] => {
  if (!readdirSync(join(fixtures, folder)).includes('conf.d')) return [];
  const names = readdirSync(join(fixtures, folder, 'conf.d')).toSorted();
  return names.map(name => hostFile(folder, `conf.d/${name}`));
};

/** Where the expected text of a changed file is kept: containerd 1.x and 2.x may need different edits. */
export const expectedPath = ({ folder, runtime }: Case, version: string, path: string): string => {
  const wish = runtime?.version === undefined ? '' : '-asked';
  return join(fixtures, folder, `expected-${version.split('.')[0]}x${wish}`, path.slice(configDirectory.length + 1));
};

export const inForcePath = ({ folder, runtime }: Case): string =>
  join(fixtures, folder, runtime?.version === undefined ? 'in-force.json' : 'in-force-asked.json');
