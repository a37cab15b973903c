import { defineCheck } from '../check.ts';
import { notOwned } from '../support/in-container.ts';

export const clockSynchronized = defineCheck({
  id: 'clock-synchronized',
  title: 'The clock is synchronised',
  severity: 'warning',
  source: 'https://etcd.io/docs/latest/op-guide/hardware/',
  needs: ['clock', 'container'],
  evaluate({ clock, container }) {
    const shared = notOwned(container, 'the clock is that');
    if (shared !== undefined) return shared;
    if (clock.synchronized === null) {
      return {
        status: 'unknown',
        reason: 'neither systemd-timesyncd nor chrony says whether the clock is synchronised',
      };
    }
    if (clock.synchronized) return { status: 'pass', observed: 'synchronised' };
    return {
      status: 'fail',
      message: 'the clock is not synchronised: certificates and leases fail once it drifts',
      observed: 'not synchronised',
      expected: 'synchronised by NTP or by the hypervisor',
      remedy: 'install chrony or enable it: timedatectl set-ntp true',
      fixedByApply: false,
    };
  },
});
