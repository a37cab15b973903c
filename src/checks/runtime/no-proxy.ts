import { exempts } from '../../core/no-proxy.ts';
import { defineCheck } from '../check.ts';

export const noProxy = defineCheck({
  id: 'no-proxy',
  title: 'Nodes, pods and services are reached without the proxy',
  // Images from inside the cluster, and webhooks of the runtime, would go to a proxy that knows none of them.
  severity: 'warning',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/create-cluster-kubeadm/',
  needs: ['clusterNetworks'],
  needsOn: ({ proxy }) => (proxy === undefined ? [] : ['clusterNetworks']),
  evaluate({ clusterNetworks }, { proxy }) {
    if (proxy === undefined) return { status: 'skip', reason: 'the inventory names no proxy' };
    const { addresses, cluster } = clusterNetworks;
    const needed = [
      ...addresses.map(address => ({ address, what: 'this node' })),
      ...cluster.map(({ address, what, path }) => ({ address, what: `${what}, ${path}` })),
    ];
    const missing = needed.filter(({ address }) => !exempts(proxy.noProxy, address));
    if (missing.length === 0) return { status: 'pass', observed: `noProxy: ${proxy.noProxy.join(', ')}` };
    const words = missing.map(({ address, what }) => `${address} (${what})`).join(', ');
    return {
      status: 'fail',
      message: `proxy.noProxy of the inventory does not cover ${words}`,
      observed: `noProxy: ${proxy.noProxy.join(', ') || 'empty'}`,
      expected: 'the networks of nodes, pods and services in it',
      remedy: 'add their networks to proxy.noProxy in the inventory, then nodeprep apply',
      fixedByApply: false,
    };
  },
});
