import type { DesiredNode } from '../core/desired.ts';
import type { OsFamily } from '../os/os-family.ts';
import { containerdPackage } from './containerd/package.ts';
import { engineFor } from './docker/engines.ts';
import { laterPackages, unbundled } from './handlers/plan.ts';
import { loaderPackage } from './sandbox-image.ts';
import { policyPackage } from './selinux.ts';

export interface WantedPackage {
  readonly name: string;
  /** Start of its version; null = any. */
  readonly range: string | null;
}

/** The packages that a bare host gets for this inventory, without what they need; the installers plan these names. */
export const wantedPackages = ({ runtime }: Pick<DesiredNode, 'runtime'>, os: OsFamily): readonly WantedPackage[] => {
  const range = runtime.version ?? null;
  switch (runtime.name) {
    case 'containerd': {
      const name = containerdPackage(runtime, os);
      return runtime.source === 'archive' || name === undefined ? [] : [{ name, range }];
    }
    case 'cri-o':
      return runtime.source === 'archive' ? [] : [{ name: 'cri-o', range }];
    case 'docker':
    case 'mirantis': {
      const engine = engineFor(runtime, os)?.engine;
      const bridge = runtime.archives?.criDockerd === undefined ? [{ name: 'cri-dockerd', range: null }] : [];
      return engine === undefined ? [] : [{ name: engine, range }, ...bridge];
    }
  }
};

/** What a host may get besides: by which it loads the image that it is handed, programs of handlers, the policy of SELinux. */
export const companionPackages = (
  { runtime }: Pick<DesiredNode, 'runtime'>,
  os: OsFamily,
  isHandedImage: boolean,
): readonly WantedPackage[] => {
  const asked = runtime.name === 'cri-o' ? unbundled(runtime, { binary: '' }) : runtime;
  const handlers = laterPackages(asked, os).map(({ target }) => target);
  const loaders = runtime.name === 'cri-o' && isHandedImage ? [loaderPackage] : [];
  const policies = os.packageManager === 'apt' ? [] : [policyPackage];
  return [...handlers, ...loaders, ...policies].map(name => ({ name, range: null }));
};
