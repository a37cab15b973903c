import type { DesiredNode } from '../core/desired.ts';
import { profileOf } from '../core/runtimes/index.ts';
import type { OsFamily } from '../os/os-family.ts';
import { laterPackages } from './handlers/plan.ts';
import { packagingOf } from './packagings/index.ts';
import type { WantedPackage } from './packagings/packaging.ts';
import { loaderPackage } from './sandbox-image.ts';
import { policyPackage } from './selinux.ts';

/** The packages that a bare host gets for this inventory, without what they need; the installers plan these names. */
export const wantedPackages = ({ runtime }: Pick<DesiredNode, 'runtime'>, os: OsFamily): readonly WantedPackage[] =>
  packagingOf(runtime.name).packages(runtime, os);

/** What a host may get besides: by which it loads the image that it is handed, programs of handlers, the policy of SELinux. */
export const companionPackages = (
  { runtime }: Pick<DesiredNode, 'runtime'>,
  os: OsFamily,
  isHandedImage: boolean,
): readonly WantedPackage[] => {
  const asked = packagingOf(runtime.name).withoutBundled?.(runtime) ?? runtime;
  const handlers = laterPackages(asked, os).map(({ target }) => target);
  const loaders = isHandedImage && profileOf(runtime.name).imageLoader === 'containers-storage' ? [loaderPackage] : [];
  const policies = os.packageManager === 'apt' ? [] : [policyPackage];
  return [...handlers, ...loaders, ...policies].map(name => ({ name, range: null }));
};
