import type { LabNode } from '../../lab/index.ts';

export const kubeletConf = '/etc/kubernetes/kubelet.conf';

/** What `kubeadm join` leaves behind. */
export const join = (node: LabNode): Promise<string> =>
  node.sh(`mkdir -p /etc/kubernetes && echo 'apiVersion: v1' >${kubeletConf}`);

export const leave = (node: LabNode): Promise<string> => node.sh(`rm -rf ${kubeletConf}`);

/**
 * A stand-in for the kubelet, a script of that name: answers `--version`, ends as the real one does while its configuration
 * is missing, and else goes on for ever. nodeprep looks at its name, its arguments and its unit.
 */
const standIn = `#!/bin/sh
[ "$1" = --version ] && echo 'Kubernetes v1.34.3' && exit
for word do
  case $word in --config=*) [ -e "\${word#--config=}" ] || { echo "failed to load kubelet config file" >&2; exit 1; } ;; esac
done
while :; do sleep 3600; done
`;

/** The unit as kubeadm's packages lay it out, with the arguments given. */
const unit = (words: string): string => `[Unit]
Description=kubelet: The Kubernetes Node Agent (stand-in)
[Service]
ExecStart=/usr/bin/kubelet ${words}
Restart=always
StartLimitInterval=0
RestartSec=1
[Install]
WantedBy=multi-user.target
`;

/** One that also looks as that process does, and makes its cgroup root with cgroupfs, so that a run can prove its driver. */
export const provableStandIn = `#!/usr/bin/perl
if (@ARGV == 1 && $ARGV[0] eq '--version') { print "Kubernetes v1.34.3\\n"; exit }
mkdir "$_/kubepods" for -e '/sys/fs/cgroup/cgroup.controllers' ? '/sys/fs/cgroup' : '/sys/fs/cgroup/systemd';
# Linux shows words only where the last byte of all is NUL.
$0 = join "\\0", '/usr/bin/kubelet', @ARGV, "\\0" x 9999;
sleep while 1;
`;

export const startKubelet = async (node: LabNode, words: string, program = standIn): Promise<void> => {
  await node.sh('cat >/usr/bin/kubelet && chmod 755 /usr/bin/kubelet', { input: program });
  await node.sh('cat >/etc/systemd/system/kubelet.service', { input: unit(words) });
  await node.sh('systemctl daemon-reload && systemctl enable --now --quiet kubelet');
};

export const stopKubelet = (node: LabNode): Promise<string> =>
  node.sh(`systemctl disable --now --quiet kubelet 2>/dev/null || true
    rm -f /etc/systemd/system/kubelet.service /usr/bin/kubelet; systemctl daemon-reload`);

/** A pod sandbox as the kubelet asks for it, in the host's network so that the host looks as before; gives its id. */
export const runSandbox = (node: LabNode, name: string, driver: 'cgroupfs' | 'systemd'): Promise<string> => {
  const cgroup_parent = driver === 'systemd' ? 'kubepods.slice' : '/kubepods';
  const linux = { cgroup_parent, security_context: { namespace_options: { network: 2 } } };
  const pod = { metadata: { name, namespace: 'default', uid: name, attempt: 0 }, linux };
  return node.sh(`cat >/root/${name}.json && crictl runp /root/${name}.json`, { input: JSON.stringify(pod) });
};

export const removeSandboxes = (node: LabNode): Promise<string> => node.sh('crictl rmp --all --force');
