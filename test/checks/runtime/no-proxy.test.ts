import { noProxy } from '../../../src/checks/runtime/no-proxy.ts';
import type { ClusterNetworks } from '../../../src/facts/cluster-networks.ts';
import { testCheck } from '../../check-tester.ts';

const clusterNetworks: ClusterNetworks = {
  addresses: ['10.0.0.11', 'fd00::11'],
  cluster: [
    { address: '10.96.0.0/12', what: 'services', path: '/etc/kubernetes/manifests/kube-apiserver.yaml' },
    { address: '10.96.0.10', what: 'cluster DNS', path: '/var/lib/kubelet/config.yaml' },
  ],
};
const proxy = { http: 'http://p', https: undefined };

testCheck(noProxy, {
  pass: [
    {
      name: 'networks cover all',
      facts: { clusterNetworks },
      desired: { proxy: { ...proxy, noProxy: ['10.0.0.0/8', 'fd00::/64'] } },
    },
    { name: 'everything', facts: { clusterNetworks }, desired: { proxy: { ...proxy, noProxy: ['*'] } } },
  ],
  fail: [
    {
      name: 'a network that is narrower than the one of services',
      facts: { clusterNetworks },
      desired: { proxy: { ...proxy, noProxy: ['10.0.0.11', 'fd00::11', '10.96.0.0/16'] } },
      message: /does not cover 10\.96\.0\.0\/12 \(services, .*kube-apiserver\.yaml\)$/,
      severity: 'warning',
    },
    {
      name: 'nothing',
      facts: { clusterNetworks },
      desired: { proxy: { ...proxy, noProxy: [] } },
      message: /10\.0\.0\.11 \(this node\), fd00::11 \(this node\)/,
    },
  ],
  skip: [{ name: 'no proxy', facts: { clusterNetworks }, reason: /names no proxy/ }],
});
