import { defineFleetCheck } from '../check.ts';
import { duplicates, mapValues, tellDuplicates } from '../support/duplicates.ts';

export const uniqueMachineId = defineFleetCheck({
  id: 'unique-machine-id',
  title: 'Machine-ids differ',
  severity: 'error',
  source: 'https://www.freedesktop.org/software/systemd/man/latest/machine-id.html',
  needs: ['identity'],
  evaluate(hosts) {
    const found = duplicates(mapValues(hosts, ({ identity }) => identity.machineId));
    if (found.length === 0) return [{ status: 'pass', observed: `${hosts.size} hosts` }];
    return [
      {
        status: 'fail',
        message:
          'hosts share a machine-id, as clones do: DHCP gives them one address, and agents take them for one machine',
        observed: tellDuplicates(found),
        expected: 'a machine-id of its own for every host',
        remedy:
          'on all but one of them: rm /etc/machine-id /var/lib/dbus/machine-id; systemd-machine-id-setup; then reboot',
        fixedByApply: false,
      },
    ];
  },
});
