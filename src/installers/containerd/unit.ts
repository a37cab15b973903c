import type { FileChange } from '../../changes/change.ts';
import type { HostFile } from '../../facts/fact.ts';
import { ownFileChange, ownHeader } from '../file-change.ts';
import { programPath } from './archive-files.ts';

/** Upstream's containerd.service (v2.2). */
export const unitText = `${ownHeader}[Unit]
Description=containerd container runtime
Documentation=https://containerd.io
After=network.target dbus.service

[Service]
ExecStartPre=-/sbin/modprobe overlay
ExecStart=${programPath}

Type=notify
Delegate=yes
# Containers go on when containerd stops.
KillMode=process
Restart=always
RestartSec=5

LimitNPROC=infinity
LimitCORE=infinity

TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
`;

/** undefined: it is there as it shall be, or somebody else's stands there, which stays. */
export const unitChange = (file: HostFile): FileChange | undefined =>
  ownFileChange(file, unitText, {
    summary: "unit of upstream's archive",
    because: 'an archive brings no unit that systemd finds',
    phase: file.type === 'absent' ? 'stage' : 'switch',
    disruption: 'none',
  });
