import { defineCheck } from '../check.ts';
import { bridgeKeys, bridgeSeverity, bridgeSource } from '../support/bridge.ts';
import { notOwned } from '../support/in-container.ts';
import { judgeValueAtBoot } from '../support/sysctl-at-boot.ts';

export const bridgeNfCallIptablesAtBoot = defineCheck({
  id: 'bridge-nf-call-iptables-at-boot',
  title: 'Bridged IPv4 traffic passes the packet filter after a reboot',
  severity: 'warning',
  source: bridgeSource,
  needs: ['container', 'sysctl', 'sysctlFiles'],
  fixable: true,
  evaluate({ container, sysctl, sysctlFiles }, desired) {
    const live = sysctl[bridgeKeys.ipv4];
    // The key comes with br_netfilter, which a container cannot load.
    const shared = live === null ? notOwned(container, 'br_netfilter is a module') : undefined;
    if (shared !== undefined) return shared;
    return judgeValueAtBoot(sysctlFiles, {
      key: bridgeKeys.ipv4,
      wanted: '1',
      // net/bridge/br_netfilter_hooks.c: 1 as soon as the module is there.
      kernelDefault: '1',
      live,
      subject: 'filtering of bridged IPv4 traffic',
      severity: bridgeSeverity(desired),
    });
  },
});
