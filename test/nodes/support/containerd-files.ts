import type { LabNode } from '../../lab/index.ts';

export const configPath = '/etc/containerd/config.toml';

/** An operator's own file: everything that nodeprep does not set must stay as it is. */
export const nvidiaConfig = `# Managed by the GPU team, ask before you touch it.
version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri"]
oom_score = -999

[grpc]
  max_recv_message_size = 33554432

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    max_concurrent_downloads = 7
    stream_idle_timeout = "4h0m0s"
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
      conf_dir = "/etc/cni/net.d"
    [plugins."io.containerd.grpc.v1.cri".containerd]
      default_runtime_name = "nvidia" # every pod sees the GPUs
      discard_unpacked_layers = true
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes]
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
          runtime_type = "io.containerd.runc.v2"
          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
            SystemdCgroup = false # set by kickstart
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]
          privileged_without_host_devices = false
          runtime_type = "io.containerd.runc.v2"
          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia.options]
            BinaryName = "/usr/bin/nvidia-container-runtime"
    [plugins."io.containerd.grpc.v1.cri".registry]
      config_path = "/etc/containerd/certs.d"
`;

/** The lines of the file above that nodeprep has to change; every other one stays. */
export const nvidiaChanged = [
  'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
  '            SystemdCgroup = false # set by kickstart',
];

/** What Docker's containerd.io package ships: CRI off, no version, so containerd 1.x reads it as version 1. */
export const dockerConfig = `#   Copyright 2018-2022 Docker Inc.

#   Licensed under the Apache License, Version 2.0 (the "License");

disabled_plugins = ["cri"]

#root = "/var/lib/containerd"
#state = "/run/containerd"
#subreaper = true
#oom_score = 0

#[grpc]
#  address = "/run/containerd/containerd.sock"
#  uid = 0
#  gid = 0

#[debug]
#  level = "info"
`;

export const dockerChanged = ['disabled_plugins = ["cri"]'];

/** Writes the file in place, as an editor does, with an owner and a mode of its own. */
export const putConfig = (node: LabNode, text: string): Promise<string> =>
  node.sh(
    `mkdir -p /etc/containerd && cat >${configPath} && chown root:adm ${configPath} && chmod 0640 ${configPath}`,
    {
      input: text,
    },
  );

/** Lines of `before` that are not in `after` in the same order: what an edit lost. */
export const lostLines = (before: string, after: string): readonly string[] => {
  const rest = after.split('\n');
  return before.split('\n').filter(line => {
    const found = rest.indexOf(line);
    if (found >= 0) rest.splice(0, found + 1);
    return found < 0;
  });
};

/** Lets containerd start only while its configuration does not say `SystemdCgroup = true`. */
export const refusingDropIn = `[Service]
ExecStartPre=/bin/sh -c 'if grep -q "SystemdCgroup = true" ${configPath}; then echo "lab: no systemd cgroups on this host" >&2; exit 9; fi'
`;
