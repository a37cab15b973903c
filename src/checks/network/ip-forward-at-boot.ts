import { defineCheck } from '../check.ts';
import { judgeValueAtBoot } from '../support/sysctl-at-boot.ts';

export const ipForwardAtBoot = defineCheck({
  id: 'ip-forward-at-boot',
  title: 'IPv4 forwarding stays on after a reboot',
  severity: 'error',
  source:
    'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#prerequisite-ipv4-forwarding-optional',
  needs: ['sysctl', 'sysctlFiles'],
  fixable: true,
  evaluate({ sysctl, sysctlFiles }) {
    return judgeValueAtBoot(sysctlFiles, {
      key: 'net.ipv4.ip_forward',
      // One variable in the kernel under two names: https://docs.kernel.org/networking/ip-sysctl.html
      aliases: ['net.ipv4.conf.all.forwarding'],
      wanted: '1',
      kernelDefault: '0',
      live: sysctl['net.ipv4.ip_forward'],
      subject: 'IPv4 forwarding',
    });
  },
});
