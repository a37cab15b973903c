import { containerdPackage } from '../containerd/package.ts';
import { dockerRepository } from '../repository/docker.ts';
import type { RuntimePackaging } from './packaging.ts';

export const containerd: RuntimePackaging = {
  repository: dockerRepository,
  packages(runtime, os) {
    const name = containerdPackage(runtime, os);
    return runtime.source === 'archive' || name === undefined ? [] : [{ name, range: runtime.version ?? null }];
  },
};
