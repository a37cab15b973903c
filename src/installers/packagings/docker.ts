import { engineFor } from '../docker/engines.ts';
import { dockerRepository } from '../repository/docker.ts';
import type { RuntimePackaging } from './packaging.ts';

export const docker: RuntimePackaging = {
  repository: dockerRepository,
  packages(runtime, os) {
    const engine = engineFor(runtime, os)?.engine;
    const bridge = runtime.archives?.criDockerd === undefined ? [{ name: 'cri-dockerd', range: null }] : [];
    return engine === undefined ? [] : [{ name: engine, range: runtime.version ?? null }, ...bridge];
  },
};
