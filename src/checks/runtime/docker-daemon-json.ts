import { dockerConfigPath } from '../../facts/docker.ts';
import { daemonConfig, engineFlags, flagConflicts } from '../../facts/docker-in-force.ts';
import { defineCheck } from '../check.ts';
import { noDocker } from '../support/one-runtime.ts';

export const dockerDaemonJson = defineCheck({
  id: 'docker-daemon-json',
  title: 'dockerd can start with its daemon.json',
  severity: 'error',
  source: 'https://docs.docker.com/engine/daemon/troubleshoot/#conflicts-between-the-daemonjson-and-startup-scripts',
  needs: ['docker'],
  evaluate({ docker }, desired) {
    const absent = noDocker(docker, desired);
    if (absent !== undefined) return absent;
    const config = daemonConfig(docker);
    const common = { status: 'fail', message: 'dockerd does not start again', fixedByApply: false } as const;
    if (!config.known) {
      return {
        ...common,
        observed: config.reason,
        expected: `${dockerConfigPath} in JSON, or not there`,
        remedy: `mend ${dockerConfigPath}; \`dockerd --validate --config-file ${dockerConfigPath}\` tells when it is right`,
      };
    }
    const conflicts = flagConflicts(config.value, engineFlags(docker));
    if (conflicts.length > 0) {
      return {
        ...common,
        observed: conflicts
          .map(({ key, flag }) => `"${key}" in ${dockerConfigPath}, and --${flag.name} in ${flag.place}`)
          .join('; '),
        expected: 'each setting in one place',
        remedy: `take the key out of ${dockerConfigPath}, or the flag out of the unit (systemctl edit docker.service)`,
      };
    }
    const keys = Object.keys(config.value);
    return { status: 'pass', observed: keys.length === 0 ? `${dockerConfigPath} sets nothing` : keys.join(', ') };
  },
});
