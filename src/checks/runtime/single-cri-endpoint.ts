import { criSocketOf } from '../../core/cri-endpoint.ts';
import { defineCheck } from '../check.ts';

export const singleCriEndpoint = defineCheck({
  id: 'single-cri-endpoint',
  title: 'One runtime answers CRI',
  severity: 'warning',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#installing-runtime',
  needs: ['cri'],
  evaluate({ cri }, desired) {
    const answering = Object.entries(cri).flatMap(([socket, answer]) =>
      answer.answered ? [`${answer.runtimeName} ${answer.runtimeVersion} at ${socket}`] : [],
    );
    if (answering.length < 2) return { status: 'pass', observed: answering[0] ?? 'none answers' };
    const planned = criSocketOf(desired.runtime.name);
    return {
      status: 'fail',
      message: `${answering.length} runtimes answer CRI: kubeadm asks which one is meant, and what runs in the other is nobody's`,
      observed: answering.join(', '),
      expected: `only ${planned}`,
      remedy: `stop and disable the one that is not wanted; until then give kubeadm criSocket: unix://${planned}`,
      fixedByApply: false,
    };
  },
});
