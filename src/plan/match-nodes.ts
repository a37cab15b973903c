import type { Node } from '../cluster/objects.ts';
import { escapeLine } from '../core/escape.ts';
import type { Refusal } from '../installers/installer.ts';

/** What a host says of itself that a Node may say too. */
export interface HostToMatch {
  /** Name in the inventory. */
  readonly host: string;
  /** As the inventory has it. */
  readonly address: string;
  /** undefined: not known. */
  readonly hostname: string | undefined;
  /** `--hostname-override` of the kubelet that runs. */
  readonly nodeName: string | undefined;
  /** undefined: not known, or the host has none. */
  readonly machineId: string | undefined;
  /** Its kubelet belongs to a cluster (design 3.9); undefined: not known. */
  readonly joined: boolean | undefined;
}

export interface NodeMatches {
  /** Host → its Node. A host that has not joined has none. */
  readonly nodes: ReadonlyMap<string, Node>;
  readonly refusals: ReadonlyMap<string, Refusal>;
}

type Outcome = { readonly node?: Node; readonly refusal?: Refusal };

/** By name, address, then machine-id; where these point to different Nodes, or two hosts to one, nothing is guessed. */
export const matchNodes = (hosts: readonly HostToMatch[], nodes: readonly Node[]): NodeMatches => {
  const index = indexOf(nodes);
  const outcomes = new Map<string, Outcome>(
    hosts.filter(({ joined }) => joined !== false).map(host => [host.host, matchHost(host, index)]),
  );
  const claims = new Map<string, string[]>();
  for (const [host, { node }] of outcomes) {
    if (node !== undefined) claims.set(node.metadata.name, [...(claims.get(node.metadata.name) ?? []), host]);
  }
  for (const [name, claiming] of claims) {
    if (claiming.length < 2) continue;
    for (const host of claiming) outcomes.set(host, { refusal: twoHosts(name, claiming) });
  }
  return {
    nodes: new Map([...outcomes].flatMap(([host, { node }]) => (node === undefined ? [] : [[host, node] as const]))),
    refusals: new Map(
      [...outcomes].flatMap(([host, { refusal }]) => (refusal === undefined ? [] : [[host, refusal] as const])),
    ),
  };
};

/** UIDs of the namespace kube-system: that of the cluster which the host's last run knew it as a node of, and that of this one. */
export const otherCluster = (
  before: { readonly runId: string; readonly uid: string } | undefined,
  now: string,
): Refusal | undefined =>
  before === undefined || before.uid === now
    ? undefined
    : refusal(
        `this is another cluster than that of the host: run ${before.runId} changed it as a node of the cluster whose kube-system has the UID ${before.uid}, here it is ${now}`,
        'Look at cluster in the inventory and at the current context of the kubeconfig. If the host has been moved to this cluster since then: rm /var/lib/nodeprep/runs/*/cluster on the host, and try again.',
      );

interface NodeIndex {
  readonly count: number;
  readonly byName: ReadonlyMap<string, readonly Node[]>;
  readonly byAddress: ReadonlyMap<string, readonly Node[]>;
  readonly byMachineId: ReadonlyMap<string, readonly Node[]>;
}

const indexOf = (nodes: readonly Node[]): NodeIndex => ({
  count: nodes.length,
  byName: groupBy(nodes, ({ metadata }) => [metadata.name]),
  byAddress: groupBy(nodes, ({ status }) => (status.addresses ?? []).map(({ address }) => address.toLowerCase())),
  byMachineId: groupBy(nodes, node => machineIdOf(node) ?? []),
});

const groupBy = (
  nodes: readonly Node[],
  keysOf: (node: Node) => string | readonly string[],
): ReadonlyMap<string, readonly Node[]> => {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    for (const key of new Set([keysOf(node)].flat())) groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return groups;
};

const machineIdOf = (node: Node): string | undefined => node.status.nodeInfo?.machineID || undefined;

interface Claim {
  /** As in 'its NAME says'. */
  readonly by: 'name' | 'address' | 'machine-id';
  readonly value: string;
  readonly node: Node;
}

const matchHost = (host: HostToMatch, index: NodeIndex): Outcome => {
  const claims = claimsOf(host, index);
  const [first] = claims;
  if (first === undefined) return host.joined === true ? { refusal: noNode(host, index) } : {};
  const { node } = first;
  const nodeMachine = machineIdOf(node);
  const isProven = nodeMachine !== undefined && nodeMachine === host.machineId;
  // An address may be one of several, or of a Node that is long gone; a name in the inventory is what the operator means.
  const other = claims.find(claim => claim.node !== node && (claim.by === 'name' || !isProven));
  if (other !== undefined) return { refusal: disagreement(host, first, other) };
  if (!isProven && nodeMachine !== undefined && host.machineId !== undefined)
    return { refusal: anotherMachine(host, first) };
  return { node };
};

/** What points to exactly one Node. Machines cloned with their machine-id, or an address that several have, say nothing. */
const claimsOf = (host: HostToMatch, index: NodeIndex): readonly Claim[] => {
  const names = host.nodeName === undefined ? [host.hostname, host.host] : [host.nodeName];
  const candidates = [
    // The kubelet registers its hostname in lower case.
    ...names.map(name => ({ by: 'name' as const, value: name?.toLowerCase(), nodes: index.byName })),
    { by: 'address' as const, value: addressOf(host), nodes: index.byAddress },
    { by: 'machine-id' as const, value: host.machineId, nodes: index.byMachineId },
  ];
  return candidates.flatMap(({ by, value = '', nodes }) => {
    const [node, ...more] = nodes.get(value) ?? [];
    return node === undefined || more.length > 0 ? [] : [{ by, value, node }];
  });
};

/** The address of this machine to itself is nobody's. */
const addressOf = ({ address }: HostToMatch): string | undefined =>
  address === 'localhost' || address === '::1' || /^127(\.\d+){3}$/.test(address) ? undefined : address.toLowerCase();

const refusal = (message: string, hint: string): Refusal => ({
  code: 'cluster-mismatch',
  message: escapeLine(message),
  hint: escapeLine(hint),
});

const isThisTheCluster = 'Is cluster in the inventory the cluster of this host?';

const noNode = ({ host, hostname, nodeName, address }: HostToMatch, { count }: NodeIndex): Refusal =>
  refusal(
    `${host} has joined a cluster, but none of the ${count} Nodes of this one is it: by name (${[...new Set([nodeName ?? hostname ?? host, host])].join(', ')}), address (${address}) or machine-id`,
    `${isThisTheCluster} If its Node was deleted: kubeadm reset on the host, then join again.`,
  );

const disagreement = ({ host }: HostToMatch, first: Claim, other: Claim): Refusal =>
  refusal(
    `${host} cannot be told apart: its ${first.by} (${first.value}) says Node ${first.node.metadata.name}, its ${other.by} (${other.value}) says Node ${other.node.metadata.name}`,
    'Correct its name or address in the inventory. Look: kubectl get nodes --output wide',
  );

const anotherMachine = ({ host, machineId = '' }: HostToMatch, { by, value, node }: Claim): Refusal =>
  refusal(
    `${host} is another machine than Node ${node.metadata.name}, which its ${by} (${value}) says it is: its machine-id is ${machineId}, that of the Node is ${machineIdOf(node) ?? ''}`,
    `${isThisTheCluster} If the machine-id was changed since the kubelet was started: systemctl restart kubelet`,
  );

const twoHosts = (node: string, hosts: readonly string[]): Refusal =>
  refusal(
    `hosts ${hosts.join(' and ')} are both Node ${node}`,
    'One machine stands in the inventory twice, or one was cloned from the other (machine-id, hostname). Take one out or give it a name of its own.',
  );
