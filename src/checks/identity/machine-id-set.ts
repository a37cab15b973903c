import { defineCheck } from '../check.ts';

export const machineIdSet = defineCheck({
  id: 'machine-id-set',
  title: 'The machine-id is set',
  severity: 'warning',
  source: 'https://www.freedesktop.org/software/systemd/man/latest/machine-id.html',
  needs: ['identity'],
  evaluate({ identity: { machineId } }) {
    if (/^[0-9a-f]{32}$/.test(machineId) && !/^0+$/.test(machineId)) return { status: 'pass', observed: machineId };
    return {
      status: 'fail',
      message: 'the host has no machine-id, so the Node cannot be told from others',
      observed: machineId === '' ? '/etc/machine-id is empty' : machineId,
      expected: '32 hexadecimal digits, not all 0',
      remedy: 'systemd-machine-id-setup',
      fixedByApply: false,
    };
  },
});
