import { patiently } from '../../apply/rollout/patiently.ts';
import { systemClock } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import { driverAnnotation } from '../../cluster/cordon-mark.ts';
import { withSocket } from '../../cluster/cri-socket.ts';
import { known } from '../../core/observed.ts';
import type { Finding, PlannedChange, Run } from '../../core/result.ts';
import { brokenByUpgrade } from '../../plan/broken-by-upgrade.ts';
import type { ClusterChange } from '../../plan/cluster-plan.ts';
import type { ClusterPlan } from './plan-cluster.ts';

/** What kubeadm keeps in the cluster, changed at its time: the ConfigMap before the first node, an annotation with its node. */
export interface RecordKeeper {
  begin(): Promise<void>;
  nodeDone(host: string): Promise<void>;
  /** The cluster's part of the result, with what became of each change. */
  told(unreached: readonly string[]): NonNullable<Run['cluster']>;
}

type KeptPlan = Pick<ClusterPlan, 'cluster' | 'clusterHosts' | 'nodes' | 'records' | 'rollout'>;

export interface KeepRecordsOptions {
  readonly cluster: Pick<Cluster, 'annotate' | 'node' | 'writeKubeletConfig'>;
  readonly facts: ClusterFacts;
  readonly plan: KeptPlan;
  readonly runId: string;
  /** Hosts that are drained: their driver is told on the Node, so that a rollback knows which are still converted. */
  readonly drained: ReadonlySet<string>;
  readonly tell: (note: string) => void;
}

/** The node itself is through by then: an API server that stumbles must not make a failed host of it. */
const apiPatienceMs = 120_000;

export const keepRecords = ({ cluster, facts, plan, runId, drained, tell }: KeepRecordsOptions): RecordKeeper => {
  const done = new Set<string>();
  const rolled = new Set(plan.rollout.batches.flatMap(({ hosts }) => hosts));
  const nodeNames = new Map([...plan.nodes].map(([host, node]) => [host, node.metadata.name]));
  const patient = <T>(work: () => Promise<T>): Promise<T> =>
    patiently(work, { clock: systemClock, timeoutMs: apiPatienceMs });
  const annotate = (node: string, annotations: Parameters<Cluster['annotate']>[1]): Promise<void> =>
    patient(() => cluster.annotate(node, annotations));
  const write = async ({ planned, write: to }: ClusterChange): Promise<void> => {
    if (to.kind === 'kubelet-config') await cluster.writeKubeletConfig({ ...to, run: runId });
    else {
      const now = await patient(() => cluster.node(to.node));
      await annotate(to.node, withSocket(now?.metadata.annotations ?? {}, runId, to.endpoint));
    }
    done.add(planned.id);
    tell(`${planned.target}: ${planned.summary}`);
  };
  const ofNode = (name: string | undefined) =>
    plan.records.filter(({ write: to }) => to.kind === 'cri-socket' && to.node === name);
  return {
    begin: async () => {
      for (const change of plan.records) if (change.write.kind === 'kubelet-config') await write(change);
      const waiting = new Set([...rolled].map(host => nodeNames.get(host)));
      for (const change of plan.records) {
        if (change.write.kind === 'cri-socket' && !waiting.has(change.write.node)) await write(change);
      }
    },
    nodeDone: async host => {
      const name = nodeNames.get(host);
      for (const change of ofNode(name)) await write(change);
      const driver = plan.clusterHosts.find(({ desired }) => desired.host === host)?.desired.runtime.cgroupDriver;
      if (name !== undefined && driver !== undefined && drained.has(host)) {
        await annotate(name, { [driverAnnotation]: driver });
      }
    },
    told: unreached => ({
      ...plan.cluster,
      findings: [...plan.cluster.findings, ...broken(plan, facts, done, unreached)],
      changes: plan.records.map(
        ({ planned }): PlannedChange => ({ ...planned, status: done.has(planned.id) ? 'done' : 'not-run' }),
      ),
    }),
  };
};

/** Nodes that a rollout which stopped has not reached, once the ConfigMap says otherwise than they run. */
const broken = (
  { records, clusterHosts }: Pick<KeptPlan, 'clusterHosts' | 'records'>,
  facts: ClusterFacts,
  done: ReadonlySet<string>,
  unreached: readonly string[],
): readonly Finding[] => {
  const written = records.find(({ planned, write }) => write.kind === 'kubelet-config' && done.has(planned.id));
  const kubeletConfig =
    written?.write.kind === 'kubelet-config'
      ? known({ text: written.write.text, resourceVersion: written.write.resourceVersion })
      : facts.kubeletConfig;
  const left = brokenByUpgrade(
    { ...facts, kubeletConfig },
    clusterHosts.filter(({ desired }) => unreached.includes(desired.host)),
  );
  if (left.length === 0) return [];
  return [
    {
      check: 'cluster-kubelet-config',
      title: 'The kubelet-config of the cluster fits its nodes',
      status: 'fail',
      severity: 'error',
      message: `until they are converted too, kubeadm upgrade node would break ${left.map(({ node }) => node).join(', ')}`,
      observed: left.map(({ node, reason }) => `${node}: ${reason}`).join('; '),
      expected: 'every node as the ConfigMap kube-system/kubelet-config says',
      remedy:
        'go on with the rollout (nodeprep apply INVENTORY --resume), or take it back (nodeprep rollback INVENTORY)',
      fixedByApply: true,
      source: 'https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/configure-cgroup-driver/',
    },
  ];
};
