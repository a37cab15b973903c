import { defineCheck } from '../check.ts';
import { bridgeKeys, bridgeSource } from '../support/bridge.ts';
import { judgeValueAtBoot } from '../support/sysctl-at-boot.ts';

export const bridgeNfCallIp6tablesAtBoot = defineCheck({
  id: 'bridge-nf-call-ip6tables-at-boot',
  title: 'Bridged IPv6 traffic passes the packet filter after a reboot',
  severity: 'warning',
  source: bridgeSource,
  needs: ['sysctl', 'sysctlFiles'],
  evaluate({ sysctl, sysctlFiles }) {
    return judgeValueAtBoot(sysctlFiles, {
      key: bridgeKeys.ipv6,
      wanted: '1',
      // net/bridge/br_netfilter_hooks.c: 1 as soon as the module is there.
      kernelDefault: '1',
      live: sysctl[bridgeKeys.ipv6],
      subject: 'filtering of bridged IPv6 traffic',
    });
  },
});
