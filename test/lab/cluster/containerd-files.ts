import type { CgroupDriver } from './options.ts';

/** Debian's own file, and with `systemd` what an operator adds to it. With `cgroupfs` the package's file stays as it is. */
export function distributionConfig(driver: CgroupDriver): Record<string, string> {
  if (driver === 'cgroupfs') return {};
  const content = `version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
      conf_dir = "/etc/cni/net.d"
    # ops: as the kubelet has it
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = true
  [plugins."io.containerd.internal.v1.opt"]
    path = "/var/lib/containerd/opt"
`;
  return { '/etc/containerd/config.toml': content };
}

/** As for an archive of upstream: programs in /usr/local/bin, the unit in /usr/local/lib, Debian's CNI plugins. */
export function upstreamConfig(driver: CgroupDriver): Record<string, string> {
  const content = `version = 3

[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["/usr/lib/cni"]
  conf_dir = "/etc/cni/net.d"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  SystemdCgroup = ${driver === 'systemd'}
`;
  return { '/etc/containerd/config.toml': content };
}

/** containerd's containerd.service. */
export const UPSTREAM_UNIT = `[Unit]
Description=containerd container runtime
Documentation=https://containerd.io
After=network.target dbus.service

[Service]
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/containerd

Type=notify
Delegate=yes
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
