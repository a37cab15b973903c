import { compareVersions, isAtLeast } from './versions.ts';

/** Newest API of each line of Docker Engine: https://docs.docker.com/reference/api/engine/#api-version-matrix */
const newestApi = [
  ['29.0', '1.52'],
  ['28.3', '1.51'],
  ['28.2', '1.50'],
  ['28.1', '1.49'],
  ['28.0', '1.48'],
  ['27.2', '1.47'],
  ['27.0', '1.46'],
  ['26.0', '1.45'],
  ['25.0', '1.44'],
  ['24.0', '1.43'],
  ['23.0', '1.42'],
  ['20.10', '1.41'],
  ['19.03', '1.40'],
] as const;

/** The newest API that an engine speaks; undefined for engines older than the table. */
export const apiOfEngine = (engine: string): string | undefined =>
  newestApi.find(([since]) => isAtLeast(engine, since))?.[1];

export interface Misfit {
  /** Naming both. */
  readonly problem: string;
  readonly ways: string;
}

/**
 * Why this engine and this cri-dockerd do not work together; undefined: nothing known against it. `minApi` is the engine's own
 * setting `min-api-version`. Sources: moby's tags, Mirantis/cri-dockerd's go.mod, docker/for-win issue 14997.
 */
export const engineMisfit = (engine: string, criDockerd: string, minApi?: string): Misfit | undefined => {
  const both = `Docker Engine ${engine} and cri-dockerd ${criDockerd}`;
  const api = apiOfEngine(engine) ?? 'an API older than 1.40';
  if (isAtLeast(criDockerd, '0.4.0') && !isAtLeast(engine, '23.0')) {
    return {
      problem: `${both} do not fit: this cri-dockerd needs API 1.42, this engine speaks ${api}`,
      ways: 'take an engine of 23.0 or newer (a newer release of the distribution, or runtime.source: upstream), cri-dockerd 0.3.17 to 0.3.x, or runtime.name: containerd',
    };
  }
  if (isAtLeast(engine, '25.0') && !isAtLeast(criDockerd, '0.3.10')) {
    return {
      problem: `${both} do not fit: engines from 25.0 on no longer tell VirtualSize of images, which cri-dockerd before 0.3.10 needs`,
      ways: 'take cri-dockerd 0.3.17 or newer',
    };
  }
  const neverNewer = speaksAtMost143(criDockerd);
  const needs144 = isAtLeast(engine, '29.0') && !isAtLeast(engine, '29.3');
  if (neverNewer && needs144 && (minApi === undefined || compareVersions(minApi, '1.43') > 0)) {
    return {
      problem: `${both} do not fit: engines 29.0 to 29.2 refuse clients below API 1.44, this cri-dockerd speaks at most 1.43`,
      ways: 'take cri-dockerd 0.3.17 or newer, an engine from 29.3 on, or set "min-api-version": "1.43" in /etc/docker/daemon.json',
    };
  }
  return undefined;
};

/** Built against a client library of 24.x or older. */
const speaksAtMost143 = (criDockerd: string): boolean =>
  !isAtLeast(criDockerd, '0.3.12') || (isAtLeast(criDockerd, '0.3.13') && !isAtLeast(criDockerd, '0.3.16'));
