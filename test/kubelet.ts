import type { CgroupRoot, Kubelet } from '../src/facts/kubelet.ts';
import { nextCommand } from '../src/facts/kubelet-command.ts';
import { aFile } from './host-file.ts';

export const kubeletStart = 1_800_000_000;

/** `10-kubeadm.conf` of the packages of pkgs.k8s.io. */
export const kubeadmDropIn = `# Note: This dropin only works with kubeadm and kubelet v1.11+
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;

export const kubeletConfig = `apiVersion: kubelet.config.k8s.io/v1beta1
cgroupDriver: systemd
containerRuntimeEndpoint: ""
kind: KubeletConfiguration
maxPods: 42 # ours
`;

const base: Readonly<Record<string, string>> = {
  '/usr/lib/systemd/system/kubelet.service': '[Service]\nExecStart=/usr/bin/kubelet\n',
  '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf': kubeadmDropIn,
  '/var/lib/kubelet/config.yaml': kubeletConfig,
  '/var/lib/kubelet/kubeadm-flags.env':
    'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock --pod-infra-container-image=registry.k8s.io/pause:3.10.1"\n',
};

export const root = (driver: CgroupRoot['driver'], recreated: boolean | null, populated = true): CgroupRoot => ({
  path: `/sys/fs/cgroup/${driver === 'systemd' ? 'kubepods.slice' : 'kubepods'}`,
  driver,
  populated,
  recreated,
});

export interface KubeletOverrides extends Partial<Omit<Kubelet, 'files'>> {
  /** Text by path over those of a kubeadm node; undefined: no such file. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  /** Paths that were written after it started. */
  readonly newer?: readonly string[];
}

/** A kubelet as kubeadm lays it out, running as its files say with the systemd driver; synthetic. */
export const aKubelet = ({ files = {}, newer = [], ...rest }: KubeletOverrides = {}): Kubelet => {
  const texts = Object.entries({ ...base, ...files });
  const stopped: Kubelet = {
    installed: true,
    unit: { loadState: 'loaded', activeState: 'active', restarts: 0 },
    running: undefined,
    files: texts.flatMap(([path, text]) =>
      text === undefined ? [] : [aFile(path, text, kubeletStart + (newer.includes(path) ? 60 : -60))],
    ),
    cgroupRoots: [root('systemd', true)],
    staticPods: [],
  };
  const argv = (nextCommand(stopped) ?? []).map(({ text }) => text);
  return {
    ...stopped,
    running: { pid: 100, argv, startedAtSeconds: kubeletStart, replaced: false },
    ...rest,
  };
};

export const noKubelet: Kubelet = {
  installed: false,
  unit: { loadState: 'not-found', activeState: 'inactive', restarts: 0 },
  running: undefined,
  files: [],
  cgroupRoots: [],
  staticPods: [],
};
