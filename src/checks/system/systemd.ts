import { defineCheck } from '../check.ts';

export const systemd = defineCheck({
  id: 'systemd',
  title: 'systemd is the init system',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#systemd-cgroup-driver',
  needs: ['initSystem'],
  evaluate({ initSystem }, desired) {
    if (initSystem.systemd) return { status: 'pass', observed: `systemd ${initSystem.version ?? ''}`.trim() };
    const isDriver = desired.runtime.cgroupDriver === 'systemd';
    return {
      status: 'fail',
      message: isDriver
        ? 'systemd does not run, and the planned cgroup driver is systemd'
        : 'systemd does not run; the packages of kubelet and runtime bring units for it',
      observed: 'another init system',
      expected: 'systemd',
      remedy: 'use a distribution with systemd',
      fixedByApply: false,
    };
  },
});
