import { defineCheck } from '../check.ts';
import { bridgeKeys, bridgeSource } from '../support/bridge.ts';
import { judgeLiveValue } from '../support/sysctl-live.ts';

export const bridgeNfCallIp6tables = defineCheck({
  id: 'bridge-nf-call-ip6tables',
  title: 'Bridged IPv6 traffic passes the packet filter',
  severity: 'warning',
  source: bridgeSource,
  needs: ['sysctl'],
  fixable: true,
  evaluate({ sysctl }) {
    if (sysctl[bridgeKeys.ipv6] === null) return { status: 'skip', reason: 'needs br_netfilter; see br-netfilter' };
    return judgeLiveValue(sysctl, {
      key: bridgeKeys.ipv6,
      wanted: '1',
      harm: 'bridged IPv6 traffic bypasses the packet filter: services fail between pods of one node on bridge networks',
    });
  },
});
