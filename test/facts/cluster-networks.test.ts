import { expect, test } from 'vitest';
import { clusterNetworks } from '../../src/facts/cluster-networks.ts';
import { answer, asRoot, files, knownValue } from './answers.ts';

/** `ip` as a trixie container node prints it, shortened; the files are synthetic. */
test('addresses of the host, and what files of the cluster name', () => {
  const value = knownValue(
    clusterNetworks.parse(
      {
        files: files({
          '/var/lib/kubelet/config.yaml': 'kind: KubeletConfiguration\nclusterDNS:\n- 10.96.0.10\nclusterDomain: x\n',
          '/etc/kubernetes/manifests/kube-apiserver.yaml': '    - --service-cluster-ip-range=10.96.0.0/12,fd01::/108\n',
        }),
        addresses: answer(
          '2: host0    inet 10.213.0.9/24 brd 10.213.0.255 scope global host0\\       valid_lft forever\n2: host0    inet6 fd00::9/64 scope global \\  valid\n4: cni0    inet 10.88.0.1/24 scope global cni0\n',
        ),
      },
      asRoot,
    ),
  );
  expect(value).toEqual({
    addresses: ['10.213.0.9', 'fd00::9'],
    cluster: [
      { address: '10.96.0.10', what: 'cluster DNS', path: '/var/lib/kubelet/config.yaml' },
      { address: '10.96.0.0/12', what: 'services', path: '/etc/kubernetes/manifests/kube-apiserver.yaml' },
      { address: 'fd01::/108', what: 'services', path: '/etc/kubernetes/manifests/kube-apiserver.yaml' },
    ],
  });
});
