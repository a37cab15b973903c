import type { ArchiveEntry, FileChange } from '../../changes/change.ts';
import { crioDropInDirectory } from '../../facts/crio.ts';
import type { HostFile } from '../../facts/fact.ts';
import type { ArchiveRuntime } from '../archive-runtime.ts';
import { ownFileChange, ownHeader } from '../file-change.ts';
import { crioUnit } from './service.ts';

/** Where the `install` of upstream's bundle puts them: https://github.com/cri-o/packaging/tree/main/templates/latest/cri-o/bundle */
export const programPath = '/usr/local/bin/crio';
const helpers = '/usr/libexec/crio';

const program = (name: string, directory: string): ArchiveEntry => ({
  member: `cri-o/bin/${name}`,
  path: `${directory}/${name}`,
  mode: '0755',
});

/**
 * What CRI-O needs to run. The rest of the bundle stays out: its CNI plugins are those of kubernetes-cni or of `archives.cniPlugins`,
 * crictl is the operator's, and its files below /etc would take the place of the host's.
 */
export const bundleFiles: readonly ArchiveEntry[] = [
  program('crio', '/usr/local/bin'),
  program('pinns', '/usr/local/bin'),
  ...['conmon', 'crun', 'runc'].map(name => program(name, helpers)),
];

export const daemon: ArchiveRuntime = {
  label: 'CRI-O',
  programPath,
  unit: crioUnit,
  component: 'crio',
  needs: ['crio'],
  packages: { 'cri-o': 'with runtime.source: upstream' },
  keptUnpackaged: 'with runtime.source: distribution',
  keptArchive: 'runtime.source: archive',
};

/** Upstream's crio.service, with the environment file of either family. */
export const unitText = `${ownHeader}[Unit]
Description=Container Runtime Interface for OCI (CRI-O)
Documentation=https://github.com/cri-o/cri-o
Wants=network-online.target
Before=kubelet.service
After=network-online.target

[Service]
Type=notify
EnvironmentFile=-/etc/default/crio
EnvironmentFile=-/etc/sysconfig/crio
Environment=GOTRACEBACK=crash
ExecStart=${programPath} $CRIO_CONFIG_OPTIONS $CRIO_RUNTIME_OPTIONS $CRIO_STORAGE_OPTIONS $CRIO_NETWORK_OPTIONS $CRIO_METRICS_OPTIONS
ExecReload=/bin/kill -s HUP $MAINPID
TasksMax=infinity
LimitNOFILE=1048576
LimitNPROC=1048576
LimitCORE=infinity
OOMScoreAdjust=-999
TimeoutStartSec=0
Restart=on-failure
RestartSec=10

[Install]
WantedBy=multi-user.target
Alias=cri-o.service
`;

export const handlersPath = `${crioDropInDirectory}/10-crio.conf`;

/** Upstream's 10-crio.conf: without it CRI-O looks for them in its PATH. */
export const handlersText = `${ownHeader}[crio.image]
signature_policy = "/etc/crio/policy.json"

[crio.runtime]
default_runtime = "crun"

[crio.runtime.runtimes.crun]
runtime_path = "${helpers}/crun"
runtime_root = "/run/crun"
monitor_path = "${helpers}/conmon"
allowed_annotations = [
    "io.containers.trace-syscall",
]

[crio.runtime.runtimes.runc]
runtime_path = "${helpers}/runc"
runtime_root = "/run/runc"
monitor_path = "${helpers}/conmon"
`;

/** undefined: it is there as it shall be, or somebody else's stands there, which stays. */
export const bundledFile = (file: HostFile, text: string, summary: string, because: string): FileChange | undefined =>
  ownFileChange(file, text, {
    summary,
    because,
    phase: file.type === 'absent' ? 'stage' : 'switch',
    disruption: 'none',
  });
