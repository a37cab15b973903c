import { defineCheck } from '../check.ts';

export const foreignDistribution = defineCheck({
  id: 'foreign-distribution',
  title: 'No other distribution of Kubernetes runs the host',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/',
  needs: ['clusterState'],
  evaluate({ clusterState: { foreign } }) {
    if (foreign === undefined) return { status: 'pass', observed: 'no k3s, RKE2, k0s or MicroK8s' };
    return {
      status: 'fail',
      message: `${foreign.name} runs this host and brings its own kubelet and runtime; nodeprep apply refuses it`,
      observed: foreign.evidence,
      expected: 'no k3s, RKE2, k0s or MicroK8s',
      remedy: `leave the host out of the inventory, or remove ${foreign.name} with its own uninstaller`,
      fixedByApply: false,
    };
  },
});
