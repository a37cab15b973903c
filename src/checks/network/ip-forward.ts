import { defineCheck } from '../check.ts';
import { judgeLiveValue } from '../support/sysctl-live.ts';

export const ipForward = defineCheck({
  id: 'ip-forward',
  title: 'IPv4 forwarding is on',
  severity: 'error',
  source:
    'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#prerequisite-ipv4-forwarding-optional',
  needs: ['sysctl'],
  fixable: true,
  evaluate({ sysctl }) {
    return judgeLiveValue(sysctl, {
      key: 'net.ipv4.ip_forward',
      wanted: '1',
      harm: 'IPv4 forwarding is off, so pods cannot reach other nodes',
    });
  },
});
