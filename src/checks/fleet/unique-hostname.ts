import { defineFleetCheck } from '../check.ts';
import { duplicates, mapValues, tellDuplicates } from '../support/duplicates.ts';

export const uniqueHostname = defineFleetCheck({
  id: 'unique-hostname',
  title: 'Hostnames differ',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#before-you-begin',
  needs: ['identity'],
  evaluate(hosts) {
    // The kubelet lowers the name.
    const found = duplicates(mapValues(hosts, ({ identity }) => identity.hostname.toLowerCase()));
    if (found.length === 0) return [{ status: 'pass', observed: `${hosts.size} hosts` }];
    return [
      {
        status: 'fail',
        message: 'hosts share a hostname: the second to join takes over the Node of the first',
        observed: tellDuplicates(found),
        expected: 'a hostname of its own for every host',
        remedy: 'hostnamectl set-hostname NAME on all but one of them',
        fixedByApply: false,
      },
    ];
  },
});
