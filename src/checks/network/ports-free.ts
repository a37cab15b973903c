import type { DesiredNode } from '../../core/desired.ts';
import type { Severity } from '../../core/result.ts';
import { defineCheck } from '../check.ts';

interface NodePort {
  readonly port: number;
  /** Process that may hold it: its rightful owner. */
  readonly owner: string;
  readonly controlPlaneOnly?: true;
  /** kubeadm looks at the ports without a mark; kube-proxy only loses its metrics. */
  readonly severity?: Severity;
}

const nodePorts: readonly NodePort[] = [
  { port: 10250, owner: 'kubelet' },
  { port: 10248, owner: 'kubelet' },
  { port: 10249, owner: 'kube-proxy', severity: 'warning' },
  { port: 10256, owner: 'kube-proxy', severity: 'warning' },
  { port: 6443, owner: 'kube-apiserver', controlPlaneOnly: true },
  { port: 10257, owner: 'kube-controller', controlPlaneOnly: true },
  { port: 10259, owner: 'kube-scheduler', controlPlaneOnly: true },
  { port: 2379, owner: 'etcd', controlPlaneOnly: true },
  { port: 2380, owner: 'etcd', controlPlaneOnly: true },
];

export const portsFree = defineCheck({
  id: 'ports-free',
  title: 'The ports of Kubernetes are free',
  severity: 'error',
  source: 'https://kubernetes.io/docs/reference/networking/ports-and-protocols/',
  needs: ['clusterState', 'ports'],
  evaluate({ clusterState, ports }, desired) {
    if (clusterState.joined) return { status: 'skip', reason: 'the host is a node already; its ports are in use' };
    const wanted = portsOf(desired);
    const taken = ports.flatMap(socket => {
      const rule = wanted.find(({ port }) => port === socket.port);
      // The kernel cuts names of processes at 15 characters.
      const isOwn = rule !== undefined && socket.process?.startsWith(rule.owner) === true;
      return rule === undefined || isOwn ? [] : [{ rule, holder: socket.process ?? 'an unknown process' }];
    });
    if (taken.length === 0) {
      return { status: 'pass', observed: `nothing else listens on ${wanted.map(({ port }) => port).join(', ')}` };
    }
    const told = [...new Set(taken.map(({ rule, holder }) => `${rule.port} by ${holder}`))].join(', ');
    return {
      status: 'fail',
      message: `ports that Kubernetes needs are taken: ${told}`,
      observed: told,
      expected: `free, or held by ${[...new Set(taken.map(({ rule }) => rule.owner))].join(', ')}`,
      remedy: `stop what listens there: ss -ltnp '( ${taken.map(({ rule }) => `sport = :${rule.port}`).join(' or ')} )'`,
      fixedByApply: false,
      severity: taken.every(({ rule }) => rule.severity === 'warning') ? 'warning' : 'error',
    };
  },
});

const portsOf = ({ role }: DesiredNode): readonly NodePort[] =>
  nodePorts.filter(({ controlPlaneOnly }) => role === 'control-plane' || controlPlaneOnly === undefined);
