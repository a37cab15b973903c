import type { LabNode } from '../../../lab/index.ts';
import { configPath, nvidiaChanged, nvidiaConfig } from '../containerd-files.ts';

/** A configuration of somebody's own, and which of its lines nodeprep may change. */
export interface ForeignConfig {
  readonly files: Readonly<Record<string, string>>;
  readonly changed: readonly string[];
  /** What the configuration names, and the daemon that has to read it. */
  readonly make: string;
}

const runcOfNvidia = `printf '#!/bin/sh\\nexec runc "$@"\\n' >/usr/bin/nvidia-container-runtime
  chmod 755 /usr/bin/nvidia-container-runtime`;

export const foreignContainerd: ForeignConfig = {
  files: { [configPath]: nvidiaConfig },
  changed: nvidiaChanged,
  make: `${runcOfNvidia}; systemctl restart containerd`,
};

/** One file is beaten by nodeprep's own, one sorts after it. */
export const foreignCrio: ForeignConfig = {
  files: {
    '/etc/crio/crio.conf.d/50-site.conf':
      '# ours\n[crio.runtime]\nconmon_cgroup = "pod"\ncgroup_manager = "cgroupfs"\nlog_level = "warn"\n',
    '/etc/crio/crio.conf.d/zz-site.conf':
      '# pinned by ops\n[crio.image]\npause_image = "registry.k8s.io/pause:3.9" # do not touch\nbig_files_temporary_dir = ""\n',
  },
  changed: ['pause_image = "registry.k8s.io/pause:3.9" # do not touch'],
  make: 'systemctl restart crio',
};

export const foreignDocker: ForeignConfig = {
  files: {
    '/etc/docker/daemon.json':
      '{\n\t"log-driver": "local",\n\t"exec-opts": ["native.cgroupdriver=cgroupfs"],\n\t"debug": false\n}\n',
  },
  changed: ['\t"exec-opts": ["native.cgroupdriver=cgroupfs"],'],
  make: 'systemctl restart docker',
};

/** Beside what those distributions give dockerd on its command line, which the file may not say too. */
export const foreignEngine: ForeignConfig = {
  files: { '/etc/docker/daemon.json': '{\n\t"max-concurrent-downloads": 5,\n\t"debug": false\n}\n' },
  changed: ['\t"debug": false'],
  make: 'systemctl restart docker',
};

export const layForeign = async (node: LabNode, { files, make }: ForeignConfig): Promise<void> => {
  for (const [path, text] of Object.entries(files)) {
    await node.sh(`mkdir -p "$(dirname ${path})" && cat >${path}`, { input: text });
  }
  await node.sh(make);
};
