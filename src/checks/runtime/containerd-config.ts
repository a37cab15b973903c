import { configOnDisk } from '../../facts/containerd-in-force.ts';
import { defineCheck } from '../check.ts';
import { noContainerd } from '../support/one-runtime.ts';

export const containerdConfig = defineCheck({
  id: 'containerd-config',
  title: 'containerd accepts its configuration',
  severity: 'error',
  source: 'https://github.com/containerd/containerd/blob/main/docs/cri/config.md',
  needs: ['containerd'],
  evaluate({ containerd }, desired) {
    const absent = noContainerd(containerd, desired);
    if (absent !== undefined) return absent;
    const failure = { status: 'fail', fixedByApply: false } as const;
    if (containerd.dumpError !== undefined) {
      return {
        ...failure,
        message: 'containerd refuses its configuration: it will not come back from its next restart',
        observed: lastLine(containerd.dumpError),
        expected: '`containerd config dump` succeeds',
        remedy: `repair ${containerd.config.path} or what it imports`,
      };
    }
    const config = configOnDisk(containerd);
    if (!config.known) return { status: 'unknown', reason: config.reason };
    const { defaultHandler, handlers, legacySystemdCgroup } = config.value;
    if (legacySystemdCgroup) {
      return {
        ...failure,
        message: 'systemd_cgroup stops the CRI plugin of containerd 1.x from loading',
        observed: 'systemd_cgroup = true',
        expected: 'SystemdCgroup in the options of each handler, and no systemd_cgroup',
        remedy: `remove systemd_cgroup from ${containerd.config.path} or what it imports`,
      };
    }
    if (handlers.length > 0 && !handlers.some(handler => handler.name === defaultHandler)) {
      return {
        ...failure,
        message: 'the default handler of containerd does not exist, so its CRI plugin does not load',
        observed: `default_runtime_name = ${defaultHandler}; handlers: ${handlers.map(handler => handler.name).join(', ')}`,
        expected: 'a handler of that name',
        remedy: `add the handler to ${containerd.config.path} or change default_runtime_name`,
      };
    }
    return { status: 'pass', observed: '`containerd config dump` succeeds' };
  },
});

/** Log lines come first, the reason comes last. */
const lastLine = (output: string): string => output.trim().split('\n').at(-1)?.replace(/\.$/, '') || 'no reason given';
