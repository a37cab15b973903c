import type { Change } from '../changes/change.ts';
import type { ClusterFacts } from '../cluster/cluster-facts.ts';
import { criSocketAnnotation } from '../cluster/cri-socket.ts';
import type { Node } from '../cluster/objects.ts';
import { endpointOf, isSameSocket } from '../core/cri-endpoint.ts';
import type { DesiredNode } from '../core/desired.ts';
import type { Finding, PlannedChange } from '../core/result.ts';
import type { ObservedFacts } from '../facts/index.ts';
import { instanceConfigPath, kubeadmFlagsPath } from '../facts/kubelet.ts';
import { kubeletFile } from '../facts/kubelet-command.ts';
import type { Refusal } from '../installers/installer.ts';
import { planRefused } from '../installers/known-facts.ts';
import { kubeletLabels } from '../installers/kubelet/labels.ts';
import { editYaml, type YamlEdit } from '../yaml/edit.ts';
import { yamlValueAt } from '../yaml/parse.ts';
import { textDiff } from './diff.ts';
import { agreedBy, driverOfConfig, keepsSocketOnNodes, kubeletConfigOf } from './kubeadm-records.ts';

/** A host of the inventory that is a node of the cluster. */
export interface ClusterHost {
  readonly desired: DesiredNode;
  readonly node: Node;
  /** undefined: this run does not look at the host. */
  readonly facts: Pick<ObservedFacts, 'clusterState' | 'cri' | 'kubelet' | 'services'> | undefined;
  /** Of its plan. */
  readonly changes: readonly Change[];
}

export interface ClusterChange {
  readonly planned: PlannedChange;
  readonly write:
    | { readonly kind: 'kubelet-config'; readonly text: string; readonly resourceVersion: string }
    /** The endpoint that kubeadm keeps on a Node. */
    | { readonly kind: 'cri-socket'; readonly node: string; readonly endpoint: string };
}

export interface ClusterRecordsPlan {
  readonly changes: readonly ClusterChange[];
  readonly findings: readonly Finding[];
  readonly refusals: readonly Refusal[];
}

const configMap = 'ConfigMap kube-system/kubelet-config';
const procedure = 'https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/configure-cgroup-driver/';

/**
 * What kubeadm keeps in the cluster follows what the hosts are to be: the ConfigMap where all of them agree, since `kubeadm upgrade node`
 * writes it onto every node, and the endpoint of each node where it is kept as an annotation. Only the fields of the alignment change.
 */
export const planClusterRecords = (
  facts: ClusterFacts,
  hosts: readonly ClusterHost[],
  mask: (text: string) => string,
): ClusterRecordsPlan => {
  const records = planKubeletConfig(facts, hosts, mask);
  return { ...records, changes: [...records.changes, ...hosts.flatMap(host => annotationChange(facts, host))] };
};

const only = (finding: Finding): ClusterRecordsPlan => ({ changes: [], findings: [finding], refusals: [] });

const planKubeletConfig = (
  facts: ClusterFacts,
  hosts: readonly ClusterHost[],
  mask: (text: string) => string,
): ClusterRecordsPlan => {
  const { kubeletConfig } = facts;
  if (!kubeletConfig.known) return only(unread(kubeletConfig.reason));
  if (kubeletConfig.value === undefined) return only(notKubeadms);
  const { text, resourceVersion } = kubeletConfig.value;
  const edits = wantedEdits(facts, hosts);
  if (edits.length === 0) return { changes: [], findings: [], refusals: [] };
  const edited = editYaml(text, edits);
  if (!edited.ok) {
    const wanted = edits.map(editWords).join(', ');
    return {
      changes: [],
      findings: [],
      refusals: [
        planRefused(`${configMap}: ${edited.problem}`, `Set it by hand (kubectl edit): ${wanted}; then plan again.`),
      ],
    };
  }
  const planned: PlannedChange = {
    id: 'config-map:kube-system/kubelet-config',
    kind: 'config-map',
    target: configMap,
    summary: edits.map(editWords).join(', '),
    because: 'kubeadm upgrade node writes it onto every node, and would take the change of the nodes back',
    disruption: 'none',
    phase: 'stage',
    reversible: true,
    diff: textDiff('kubelet-config', mask(text), mask(edited.text)),
  };
  const findings = othersOf(facts, hosts, edits.map(editWords).join(', '));
  return {
    changes: [{ planned, write: { kind: 'kubelet-config', text: edited.text, resourceVersion } }],
    findings,
    refusals: [],
  };
};

const editWords = ({ path, value }: YamlEdit): string => `${path.join('.')}: ${value}`;

const wantedEdits = (facts: ClusterFacts, hosts: readonly ClusterHost[]): readonly YamlEdit[] => {
  const config = kubeletConfigOf(facts);
  // What cannot be read must not look as desired: the edit itself then says what is wrong with it.
  const driver = agreedBy(hosts.map(({ desired }) => desired.runtime.cgroupDriver));
  const runtime = agreedBy(hosts.map(({ desired }) => desired.runtime.name));
  const endpoint = yamlValueAt(config, ['containerRuntimeEndpoint']);
  const isOther =
    runtime !== undefined &&
    typeof endpoint === 'string' &&
    endpoint !== '' &&
    !isSameSocket(endpoint, endpointOf(runtime));
  const needsSwap =
    hosts.every(({ desired }) => desired.swap === 'kubelet') &&
    hosts.some(({ changes }) => changes.some(({ settings = [] }) => settings.includes(kubeletLabels.swap)));
  return [
    ...(driver !== undefined && (config === undefined || driverOfConfig(config) !== driver)
      ? [{ path: ['cgroupDriver'], value: driver }]
      : []),
    ...(isOther && runtime !== undefined ? [{ path: ['containerRuntimeEndpoint'], value: endpointOf(runtime) }] : []),
    ...(needsSwap && yamlValueAt(config, ['failSwapOn']) !== false ? [{ path: ['failSwapOn'], value: false }] : []),
  ];
};

/** Before NodeLocalCRISocket kubeadm takes the endpoint from here, and after it still does where the annotation has stayed. */
const annotationChange = (
  facts: ClusterFacts,
  { desired, node, facts: host }: ClusterHost,
): readonly ClusterChange[] => {
  if (host?.clusterState.known !== true || !host.clusterState.value.joined || !host.kubelet.known) return [];
  const { value: kubelet } = host.kubelet;
  const isKubeadms = [kubeadmFlagsPath, instanceConfigPath].some(path => kubeletFile(kubelet, path) !== undefined);
  const gate = keepsSocketOnNodes(facts);
  if (gate === undefined || !isKubeadms) return [];
  const { name, annotations = {} } = node.metadata;
  const current = annotations[criSocketAnnotation];
  const wanted = endpointOf(desired.runtime.name);
  // Without an annotation kubeadm looks into instance-config.yaml, whatever its gate says.
  const isOnNode = gate || kubeletFile(kubelet, instanceConfigPath) !== undefined;
  const isRight = current === undefined ? isOnNode : isSameSocket(current, wanted);
  if (isRight) return [];
  const planned: PlannedChange = {
    id: `annotation:${name}:${criSocketAnnotation}`,
    kind: 'annotation',
    target: `Node ${name}`,
    summary: `${criSocketAnnotation}: ${current ?? 'none'} → ${wanted}`,
    because: 'kubeadm upgrade takes the endpoint of this node from it',
    disruption: 'none',
    phase: 'resume',
    reversible: true,
  };
  return [{ planned, write: { kind: 'cri-socket', node: name, endpoint: wanted } }];
};

const base = {
  check: 'cluster-kubelet-config',
  title: 'The kubelet-config of the cluster fits its nodes',
  fixedByApply: false,
  source: procedure,
} as const;

const notKubeadms: Finding = {
  ...base,
  status: 'fail',
  severity: 'info',
  message: 'the cluster has no kubelet-config, so it is not kubeadm’s: only files of the nodes are changed',
  observed: `no ${configMap}`,
  expected: 'nothing, where another tool keeps the configuration of kubelets',
  remedy: 'change the cgroup driver in that tool too, or its next run takes the change back',
};

const unread = (reason: string): Finding => ({ ...base, status: 'unknown', severity: 'warning', message: reason });

/** The ConfigMap is everybody's: nodes that this inventory does not have get the new value too. */
const othersOf = (facts: ClusterFacts, hosts: readonly ClusterHost[], words: string): readonly Finding[] => {
  const ours = new Set(hosts.map(({ node }) => node.metadata.name));
  const others = facts.nodes.map(({ metadata }) => metadata.name).filter(name => !ours.has(name));
  if (others.length === 0) return [];
  return [
    {
      ...base,
      status: 'fail',
      severity: 'warning',
      message: `${others.length} ${others.length === 1 ? 'node' : 'nodes'} of the cluster not in the inventory will get ${words} by their next kubeadm upgrade node`,
      observed: others.slice(0, 20).join(', '),
      expected: 'every node that kubeadm upgrades in the inventory',
      remedy: 'add these nodes to the inventory, or change them before they are upgraded',
    },
  ];
};
