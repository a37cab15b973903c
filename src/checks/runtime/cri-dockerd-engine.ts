import { apiOfEngine, engineMisfit } from '../../core/docker-api.ts';
import { daemonConfig } from '../../facts/docker-in-force.ts';
import { defineCheck } from '../check.ts';
import { noDocker } from '../support/one-runtime.ts';

export const criDockerdEngine = defineCheck({
  id: 'cri-dockerd-engine',
  title: 'cri-dockerd and Docker Engine speak the same API',
  severity: 'error',
  source: 'https://docs.docker.com/reference/api/engine/#api-version-matrix',
  needs: ['docker'],
  evaluate({ docker }, desired) {
    const absent = noDocker(docker, desired);
    if (absent !== undefined) return absent;
    const { engineVersion, criDockerd, criDockerdVersion } = docker;
    if (criDockerd === '') return { status: 'skip', reason: 'needs cri-dockerd, which is not installed' };
    if (engineVersion === undefined || criDockerdVersion === undefined) {
      const silent = engineVersion === undefined ? 'dockerd' : 'cri-dockerd';
      return { status: 'unknown', reason: `\`${silent} --version\` gives no version` };
    }
    const config = daemonConfig(docker);
    const minApi = config.known ? config.value['min-api-version'] : undefined;
    const misfit = engineMisfit(engineVersion, criDockerdVersion, typeof minApi === 'string' ? minApi : undefined);
    const observed = `Docker Engine ${engineVersion} (API ${apiOfEngine(engineVersion) ?? 'older than 1.40'}), cri-dockerd ${criDockerdVersion}`;
    return misfit === undefined
      ? { status: 'pass', observed }
      : {
          status: 'fail',
          message: misfit.problem,
          observed,
          expected: 'an engine and a cri-dockerd that share a version of the API',
          remedy: misfit.ways,
          fixedByApply: false,
        };
  },
});
