import { criSocketOf } from '../../core/cri-endpoint.ts';
import { defineCheck } from '../check.ts';

export const singleCriEndpoint = defineCheck({
  id: 'single-cri-endpoint',
  title: 'One runtime answers CRI',
  fixable: true,
  severity: 'warning',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#installing-runtime',
  needs: ['cri'],
  evaluate({ cri }, desired) {
    const answering = Object.entries(cri).flatMap(([socket, answer]) =>
      answer.answered ? [`${answer.runtimeName} ${answer.runtimeVersion} at ${socket}`] : [],
    );
    const { name, keepContainerdCri = false } = desired.runtime;
    const planned = criSocketOf(name);
    const isKept = (socket: string): boolean => keepContainerdCri && socket === criSocketOf('containerd');
    const unwanted = Object.keys(cri).filter(
      socket => cri[socket]?.answered === true && socket !== planned && !isKept(socket),
    );
    const observed = answering.length === 0 ? 'none answers' : answering.join(', ');
    if (unwanted.length === 0 || answering.length < 2) return { status: 'pass', observed };
    return {
      status: 'fail',
      message: `${answering.length} runtimes answer CRI: kubeadm asks which one is meant, and what runs in the other is nobody's`,
      observed,
      expected: `only ${planned}`,
      remedy: `nodeprep apply --allow-migration retires what the inventory does not name (${unwanted.join(', ')}), or set runtime.name to the one that is wanted; until then give kubeadm criSocket: unix://${planned}`,
      fixedByApply: true,
    };
  },
});
