import { defineCheck } from '../check.ts';
import { notOwned } from '../support/in-container.ts';

export const swapOffAtBoot = defineCheck({
  id: 'swap-off-at-boot',
  title: 'Swap stays off after a reboot',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#swap-configuration',
  needs: ['container', 'swap'],
  fixable: true,
  evaluate({ container, swap }, desired) {
    if (desired.swap !== 'off') return { status: 'skip', reason: `the inventory says swap: ${desired.swap}` };
    const shared = notOwned(container, 'swap is that');
    if (shared !== undefined) return shared;
    const causes = [
      ...swap.fstab.map(({ line }) => `/etc/fstab:${line}`),
      ...swap.units,
      ...(swap.zramConfig === undefined ? [] : [swap.zramConfig]),
    ];
    if (causes.length === 0) return { status: 'pass', observed: 'no fstab line, unit or zram configuration' };
    return {
      status: 'fail',
      message:
        swap.active.length === 0 ? 'swap is off now but on after the next boot' : 'swap is on after the next boot',
      observed: `turned on by ${causes.join(', ')}`,
      expected: 'nothing that turns swap on at boot',
      remedy: 'nodeprep apply comments the lines out and masks the units',
      fixedByApply: true,
    };
  },
});
