import type { LabNode } from '../../lab/index.ts';
import type { LabRegistry } from '../../lab/registry.ts';

/** Docker has mirrors of docker.io alone: the node itself is the other registries, and what is on its loopback Docker takes without TLS. */
export const answerAs = async (node: LabNode, names: readonly string[], { host }: LabRegistry): Promise<void> => {
  await node.sh(`echo 127.0.0.1 ${names.join(' ')} >>/etc/hosts
    systemd-run -q --unit=lab-registry --socket-property=ListenStream=127.0.0.1:80 /usr/lib/systemd/systemd-socket-proxyd ${host}`);
};
