import { defineFleetCheck } from '../check.ts';
import { duplicates, mapValues, tellDuplicates } from '../support/duplicates.ts';

export const uniqueProductUuid = defineFleetCheck({
  id: 'unique-product-uuid',
  title: 'Product UUIDs differ',
  // Boards of one make that share theirs run Kubernetes all the same; clouds and some storage tell machines apart by it.
  severity: 'warning',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#verify-mac-address',
  needs: ['container', 'identity'],
  evaluate(hosts) {
    const machines = new Map([...hosts].filter(([, { container }]) => container.kind === null));
    if (machines.size < 2) {
      return [{ status: 'skip', reason: 'containers show the product UUID of the machine around them' }];
    }
    const unread = [...machines].filter(([, { identity }]) => identity.productUuidReason !== undefined);
    const found = duplicates(mapValues(machines, ({ identity }) => identity.productUuid?.toLowerCase() ?? null));
    if (found.length > 0) {
      return [
        {
          status: 'fail',
          message: 'hosts share a product UUID, as cloned virtual machines do',
          observed: tellDuplicates(found),
          expected: 'a product UUID of its own for every machine',
          remedy: 'give the clones a new UUID in the hypervisor',
          fixedByApply: false,
        },
      ];
    }
    if (unread.length > 0) {
      const reasons = unread.map(([host, { identity }]) => `${host}: ${identity.productUuidReason}`);
      return [{ status: 'unknown', reason: reasons.join('; ') }];
    }
    return [{ status: 'pass', observed: `${machines.size} machines` }];
  },
});
