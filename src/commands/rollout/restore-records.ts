import type { Cluster } from '../../cluster/cluster.ts';
import { driverAnnotation } from '../../cluster/cordon-mark.ts';
import { criSocketAnnotation, socketBefore } from '../../cluster/cri-socket.ts';
import { NodeprepError } from '../../core/errors.ts';
import type { Finding } from '../../core/result.ts';
import { driverOfConfig, kubeletConfigOf } from '../../plan/kubeadm-records.ts';
import { restoredKubeletConfig } from '../../plan/restore-kubelet-config.ts';

export interface RestoreOptions {
  readonly cluster: Pick<Cluster, 'annotate' | 'gather' | 'kubeletConfigBackups' | 'node' | 'writeKubeletConfig'>;
  /** The runs that were taken back. */
  readonly runs: ReadonlySet<string>;
  /** Nodes on which they were taken back. */
  readonly nodes: readonly string[];
  readonly runId: string;
  readonly tell: (note: string) => void;
}

/** The ConfigMap goes back with its last node: as long as one is converted, an upgrade must find what it runs with. */
export const restoreRecords = async (options: RestoreOptions): Promise<readonly Finding[]> => {
  const { cluster, runs, nodes, runId, tell } = options;
  try {
    for (const name of nodes) {
      const annotations = (await cluster.node(name))?.metadata.annotations ?? {};
      const socket = socketBefore(annotations, runs);
      await cluster.annotate(name, { ...socket, [driverAnnotation]: null });
      const to = socket[criSocketAnnotation];
      if (to !== undefined) tell(`Node ${name}: ${criSocketAnnotation}: ${to ?? 'none'}`);
    }
    const backup = (await cluster.kubeletConfigBackups()).find(({ run }) => runs.has(run));
    if (backup === undefined) return [];
    const facts = await cluster.gather();
    const config = kubeletConfigOf(facts);
    if (config === undefined || !facts.kubeletConfig.known || facts.kubeletConfig.value === undefined) return [];
    const written = driverOfConfig(config);
    const left = facts.nodes.filter(({ metadata }) => metadata.annotations?.[driverAnnotation] === written);
    if (left.length > 0)
      return [
        stillConverted(
          written,
          left.map(({ metadata }) => metadata.name),
          nodes,
        ),
      ];
    const { text: current, resourceVersion } = facts.kubeletConfig.value;
    const text = restoredKubeletConfig(current, backup.text);
    if (text === undefined) return [];
    await cluster.writeKubeletConfig({ text, resourceVersion, run: runId });
    tell(`ConfigMap kube-system/kubelet-config: as before run ${backup.run}`);
    return [];
  } catch (error) {
    if (!(error instanceof NodeprepError)) throw error;
    return [notRestored(error.message)];
  }
};

const base = {
  check: 'cluster-kubelet-config',
  title: 'The kubelet-config of the cluster fits its nodes',
  status: 'fail',
  fixedByApply: false,
  source: 'https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/configure-cgroup-driver/',
} as const;

/** Until then an upgrade would write the driver of the others onto those that are back. */
const stillConverted = (driver: string, nodes: readonly string[], back: readonly string[]): Finding => ({
  ...base,
  severity: 'error',
  message: `the kubelet-config of the cluster keeps cgroupDriver: ${driver} until ${nodes.join(', ')} ${nodes.length === 1 ? 'is' : 'are'} taken back too; before that, kubeadm upgrade node would break ${back.join(', ')}`,
  observed: `converted: ${nodes.join(', ')}; taken back: ${back.join(', ')}`,
  expected: 'no converted node left',
  remedy: 'nodeprep rollback INVENTORY without --limit',
});

const notRestored = (reason: string): Finding => ({
  ...base,
  severity: 'error',
  message: `the kubelet-config of the cluster could not be put back: ${reason}`,
  observed: reason,
  expected: 'as before the run',
  remedy:
    'its old text is in ConfigMap kube-system/nodeprep-kubelet-config-RUN; put it back with kubectl edit -n kube-system configmap kubelet-config',
});
