import type { ArchiveChange, FileChange } from '../../changes/change.ts';
import type { DesiredArchive } from '../../core/desired.ts';
import { criDockerUnit } from '../../facts/docker.ts';
import { hostFile } from '../../facts/files.ts';
import type { FactValues } from '../../facts/index.ts';
import { archiveChange } from '../archive-change.ts';
import { type ArchiveRuntime, barredFromArchives } from '../archive-runtime.ts';
import { type DisruptionId, disruptionOf } from '../disruption.ts';
import { ownFileChange, ownHeader } from '../file-change.ts';
import type { Refusal } from '../installer.ts';

export const criDockerSocket = 'cri-docker.socket';
const program = '/usr/local/bin/cri-dockerd';

export const criDockerd: ArchiveRuntime = {
  label: 'cri-dockerd',
  programPath: program,
  unit: criDockerUnit,
  socketUnit: criDockerSocket,
  component: 'criDockerd',
  needs: ['criDockerd'],
  packages: { 'cri-dockerd': 'by taking runtime.archives.criDockerd out of the inventory' },
  keptUnpackaged: 'by taking runtime.archives.criDockerd out of the inventory',
  keptArchive: 'runtime.archives.criDockerd',
};

export interface ArchivePlan {
  readonly changes: readonly (ArchiveChange | FileChange)[];
  readonly refusals: readonly Refusal[];
  readonly originals: Readonly<Record<string, string>>;
}

/** Upstream's packaging/systemd of 0.4, with the program where an archive goes. */
const units = {
  [criDockerSocket]: `${ownHeader}[Unit]
Description=CRI Docker Socket for the API
PartOf=${criDockerUnit}

[Socket]
ListenStream=%t/cri-dockerd.sock
SocketMode=0660
SocketUser=root
SocketGroup=docker

[Install]
WantedBy=sockets.target
`,
  [criDockerUnit]: `${ownHeader}[Unit]
Description=CRI Interface for Docker Application Container Engine
Documentation=https://docs.mirantis.com
After=network-online.target firewalld.service docker.service
Wants=network-online.target
Requires=${criDockerSocket}
StartLimitBurst=3
StartLimitIntervalSec=60s

[Service]
Type=notify
ExecStart=${program} --container-runtime-endpoint fd://
ExecReload=/bin/kill -s HUP $MAINPID
TimeoutSec=0
RestartSec=2
Restart=always
LimitNOFILE=infinity
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
Delegate=yes
# Containers are the engine's.
KillMode=process

[Install]
WantedBy=multi-user.target
`,
} as const;

/** The program from upstream's archive, which has no units in it: they are ours. */
export const planCriDockerdArchive = (
  { archives, docker, packages }: Pick<FactValues, 'archives' | 'docker' | 'packages'>,
  archive: DesiredArchive,
): ArchivePlan => {
  const there = { packages, program: { binary: docker.criDockerd, version: docker.criDockerdVersion } };
  const refusals = barredFromArchives(criDockerd, there, { criDockerd: archive });
  if (refusals.length > 0) return { changes: [], refusals, originals: {} };
  const isNew = archives.criDockerd === undefined;
  const change = archiveChange(archives.criDockerd, {
    component: 'criDockerd',
    archive,
    entries: [{ member: 'cri-dockerd/cri-dockerd', path: program, mode: '0755' }],
    because: 'a kubelet speaks to Docker through cri-dockerd',
    phase: isNew ? 'stage' : 'switch',
    disruption: disruptionOf(disruptionFor(isNew)),
  });
  const files = [criDockerSocket, criDockerUnit] as const;
  return {
    changes: [...(change === undefined ? [] : [change]), ...files.flatMap(unit => unitChange(unit, docker) ?? [])],
    refusals: [],
    originals: Object.fromEntries(files.map(unit => [pathOf(unit), fileOf(unit, docker).text ?? ''])),
  };
};

const disruptionFor = (isNew: boolean): DisruptionId => (isNew ? 'cri-dockerd-install' : 'cri-dockerd-settings');

const pathOf = (unit: keyof typeof units): string => `/etc/systemd/system/${unit}`;

const fileOf = (unit: keyof typeof units, { unitFiles }: Pick<FactValues['docker'], 'unitFiles'>) =>
  unitFiles.find(({ path }) => path === pathOf(unit)) ?? hostFile(pathOf(unit), undefined);

/** undefined: as it shall be, or somebody else's, which stays. */
const unitChange = (unit: keyof typeof units, docker: FactValues['docker']): FileChange | undefined => {
  const file = fileOf(unit, docker);
  const isNew = file.type === 'absent';
  return ownFileChange(file, units[unit], {
    summary: 'unit of cri-dockerd',
    because: 'the archive has none',
    phase: isNew ? 'stage' : 'switch',
    disruption: disruptionOf(disruptionFor(isNew)),
  });
};
