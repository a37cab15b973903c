import type { DesiredNode, DesiredProxy } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import type { PackageManager } from '../../core/package-manager.ts';
import type { FactValues } from '../../facts/index.ts';
import type { Proxies } from '../../facts/proxies.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { InstallerPlan } from '../installer.ts';
import { hasFreshLists } from '../package-plan.ts';
import { planApt } from './apt.ts';
import { planDnf } from './dnf.ts';
import { planZypper } from './zypper.ts';

type PlanProxy = (wanted: DesiredProxy, proxies: Proxies) => InstallerPlan;

const planners: Readonly<Record<PackageManager, PlanProxy>> = { apt: planApt, dnf: planDnf, zypper: planZypper };

/** The package manager of the host fetches through the proxy that the inventory names. */
export const planPackageProxy = (wanted: DesiredProxy, proxies: Proxies, { packageManager }: OsFamily): InstallerPlan =>
  planners[packageManager](wanted, proxies);

export type ProxyFacts = { readonly [K in 'clock' | 'packages' | 'proxies']: Observed<FactValues[K]> };

/**
 * Packages come in the round after their proxy: guards, which run before anything is changed, fetch them with dnf and zypper, and with
 * apt the lists, where these are old.
 */
export const awaitsProxy = (
  { clock, packages, proxies }: ProxyFacts,
  { proxy, runtime }: Pick<DesiredNode, 'proxy' | 'runtime'>,
  os: OsFamily,
): boolean => {
  if (proxy === undefined || runtime.offline === true || !proxies.known) return false;
  if (planPackageProxy(proxy, proxies.value, os).changes.length === 0) return false;
  const isListed = clock.known && packages.known && hasFreshLists({ clock: clock.value, packages: packages.value });
  return os.packageManager !== 'apt' || !isListed;
};
