import { defineCheck } from '../check.ts';
import { bridgeKeys, bridgeSeverity, bridgeSource } from '../support/bridge.ts';
import { notOwned } from '../support/in-container.ts';

export const brNetfilter = defineCheck({
  id: 'br-netfilter',
  title: 'br_netfilter is at work',
  severity: 'warning',
  source: bridgeSource,
  needs: ['container', 'modules', 'sysctl'],
  fixable: true,
  evaluate({ container, modules, sysctl }, desired) {
    const atWork = Object.values(bridgeKeys).find(key => (sysctl[key] ?? null) !== null);
    if (atWork !== undefined) return { status: 'pass', observed: `${atWork} exists` };
    if (modules.loaded.includes('br_netfilter')) return { status: 'pass', observed: 'br_netfilter is loaded' };
    if (modules.builtin.includes('br_netfilter')) return { status: 'pass', observed: 'br_netfilter is built in' };
    const shared = notOwned(container, 'modules are that');
    if (shared !== undefined) return shared;
    const isOnDisk = modules.onDisk.includes('br_netfilter');
    return {
      status: 'fail',
      message: 'br_netfilter is not loaded: bridge networks cannot filter the traffic of pods',
      observed: isOnDisk ? 'not loaded, its file is there' : 'not loaded, and no file of it for the running kernel',
      expected: 'loaded or built in',
      remedy: isOnDisk
        ? 'nodeprep apply, or by hand: modprobe br_netfilter'
        : 'install the modules of the running kernel (linux-modules-extra or kernel-modules-extra), or reboot into the installed kernel',
      fixedByApply: isOnDisk,
      severity: bridgeSeverity(desired),
    };
  },
});
