import { defineCheck } from '../check.ts';
import { filesNewerThanDaemon, isRunning } from '../support/containerd-in-force.ts';
import { noContainerd } from '../support/one-runtime.ts';

export const containerdConfigLoaded = defineCheck({
  id: 'containerd-config-loaded',
  title: 'The running containerd has read its configuration',
  // What matters of it has rules of its own, which ask the daemon.
  severity: 'info',
  source: 'https://github.com/containerd/containerd/blob/main/docs/ops.md',
  needs: ['containerd', 'services'],
  evaluate({ containerd, services }, desired) {
    const absent = noContainerd(containerd, desired);
    if (absent !== undefined) return absent;
    if (!isRunning(services)) return { status: 'skip', reason: 'needs a runtime: containerd does not run' };
    const newer = filesNewerThanDaemon(containerd, services);
    if (newer.length === 0) return { status: 'pass', observed: 'no file of it is newer than the daemon' };
    return {
      status: 'fail',
      message: 'the configuration of containerd was written after the daemon started',
      observed: newer.join(', '),
      expected: 'no file newer than the daemon',
      remedy: 'systemctl restart containerd; nodeprep apply does so where a setting that it plans is not in force',
      fixedByApply: false,
    };
  },
});
