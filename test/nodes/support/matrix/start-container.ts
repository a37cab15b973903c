import type { LabNode } from '../../../lab/index.ts';

const pod = (name: string, driver: string) => ({
  metadata: { name, namespace: 'default', uid: name, attempt: 0 },
  log_directory: '/tmp',
  linux: {
    cgroup_parent: driver === 'systemd' ? 'lab.slice' : '/lab',
    security_context: { namespace_options: { network: 2 } },
  },
});

interface Client {
  /** crictl with its endpoint. */
  readonly crictl: string;
  readonly driver: 'systemd' | 'cgroupfs';
}

let count = 0;

const layPod = async (node: LabNode, driver: string): Promise<string> => {
  count += 1;
  const name = `lab-${count}`;
  await node.sh(`cat >/root/${name}-pod.json`, { input: JSON.stringify(pod(name, driver)) });
  return name;
};

/** A pod in the network of the host starts, and goes again. */
export const runSandbox = async (node: LabNode, client: Client): Promise<void> => {
  const pod = await keepSandbox(node, client);
  await node.sh(`${client.crictl} stopp ${pod} && ${client.crictl} rmp ${pod}`);
};

/** Gives its id. */
export const keepSandbox = async (node: LabNode, { crictl, driver }: Client): Promise<string> => {
  const name = await layPod(node, driver);
  return node.sh(`${crictl} runp /root/${name}-pod.json`);
};

/** A pod in the network of the host with one container, over CRI, as the kubelet does it. Gives the container's id. */
export const startContainer = async (node: LabNode, { crictl, driver }: Client, image: string): Promise<string> => {
  const name = await layPod(node, driver);
  const container = { metadata: { name, attempt: 0 }, image: { image }, log_path: `${name}.log`, linux: {} };
  await node.sh(`cat >/root/${name}.json`, { input: JSON.stringify(container) });
  return node.sh(`set -e
    pod=$(${crictl} runp /root/${name}-pod.json)
    id=$(${crictl} create "$pod" /root/${name}.json /root/${name}-pod.json)
    ${crictl} start "$id"`);
};
