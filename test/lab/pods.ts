import type { LabNode } from './node.ts';
import { pauseArchive } from './pause.ts';

// Where the machine withholds CAP_SYS_RESOURCE, runc may not lower a process's OOM score and fails (raising it is allowed), and crun may not
// give that capability to a privileged container. CRI-O sets limits of huge pages wherever the kernel knows the controller, and crun fails
// where v1 has no hierarchy of it.
export const runcFor = (real: string): string => `#!/bin/sh
bundle=. create= process=
previous=
for word do
  case $previous in --bundle | -b) bundle=$word ;; --process | -p) process=$word ;; esac
  case $word in create | run) create=1 ;; --bundle=*) bundle=\${word#--bundle=} ;; --process=*) process=\${word#--process=} ;; esac
  previous=$word
done
[ -n "$create" ] && process=$bundle/config.json
[ -f "$process" ] && sed -i -zE 's/("oomScoreAdj": *)-[0-9]+/\\10/; s/("hugepageLimits": *)\\[[^]]*\\]/\\1[]/
  s/,[[:space:]]*"CAP_SYS_RESOURCE"//g; s/"CAP_SYS_RESOURCE",[[:space:]]*//g' "$process"
exec ${real} "$@"
`;

/**
 * Lets a cgroup v1 node run pods: runc that does without CAP_SYS_RESOURCE, and a pod network of its own.
 * Works before and after a runtime is installed. Needs containernetworking-plugins in the node.
 */
export async function preparePods(node: LabNode, podSubnet?: string, runc = '/usr/sbin/runc'): Promise<void> {
  await wrapRuntime(node, runc);
  await layPodNetwork(node, podSubnet);
}

export async function layPodNetwork(node: LabNode, podSubnet = '10.88.0.0/24'): Promise<void> {
  await node.sh('mkdir -p /etc/cni/net.d && cat >/etc/cni/net.d/10-lab.conflist', { input: conflist(podSubnet) });
}

/** The same for the runtimes that CRI-O's package brings; before or after it is installed. What its unit wants is up then, and stays so. */
export async function prepareCrio(node: LabNode): Promise<void> {
  for (const name of ['crun', 'runc']) await wrapRuntime(node, `/usr/libexec/crio/${name}`);
  await node.sh('systemctl start network-online.target');
}

/** Puts the script in the place of one OCI runtime, for now and for the package that will bring it. */
export async function wrapRuntime(node: LabNode, path: string): Promise<void> {
  const real = `${path}.real`;
  await node.sh(
    `mkdir -p "$(dirname ${path})"
    dpkg-divert --quiet --rename --divert ${real} --add ${path}
    cat >${path} && chmod 755 ${path}`,
    { input: runcFor(real) },
  );
}

/** Puts a pause image into containerd under the names that its config and the kubelet ask for. */
export async function importPause(node: LabNode, names: readonly string[]): Promise<void> {
  await importImage(node, pauseArchive(names));
}

export async function importImage(node: LabNode, archive: Buffer): Promise<void> {
  await node.sh('ctr --namespace k8s.io image import --all-platforms -', { input: archive });
}

function conflist(subnet: string): string {
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipam: { type: 'host-local', ranges: [[{ subnet }]], routes: [{ dst: '0.0.0.0/0' }] },
  };
  const plugins = [bridge, { type: 'portmap', capabilities: { portMappings: true } }];
  return JSON.stringify({ cniVersion: '0.4.0', name: 'lab', plugins }, null, 2);
}
