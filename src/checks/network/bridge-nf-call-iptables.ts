import { defineCheck } from '../check.ts';
import { bridgeKeys, bridgeSeverity, bridgeSource } from '../support/bridge.ts';
import { judgeLiveValue } from '../support/sysctl-live.ts';

export const bridgeNfCallIptables = defineCheck({
  id: 'bridge-nf-call-iptables',
  title: 'Bridged IPv4 traffic passes the packet filter',
  severity: 'warning',
  source: bridgeSource,
  needs: ['sysctl'],
  fixable: true,
  evaluate({ sysctl }, desired) {
    if (sysctl[bridgeKeys.ipv4] === null) return { status: 'skip', reason: 'needs br_netfilter; see br-netfilter' };
    return judgeLiveValue(sysctl, {
      key: bridgeKeys.ipv4,
      wanted: '1',
      harm: 'bridged IPv4 traffic bypasses the packet filter: services fail between pods of one node on bridge networks',
      severity: bridgeSeverity(desired),
    });
  },
});
