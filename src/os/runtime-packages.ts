import type { DesiredRuntime } from '../core/desired.ts';
import { profileOf } from '../core/runtimes/index.ts';
import type { OsFamily } from './os-family.ts';

/**
 * The packages that a runtime consists of, its own first, then those that it runs on: an upgrade of any of them moves it, and of most
 * restarts it. [] = it is none of packages.
 */
export const runtimePackages = (
  { name, source }: Pick<DesiredRuntime, 'name' | 'source'>,
  { packages }: Pick<OsFamily, 'packages'>,
): readonly string[] => {
  const { distribution, upstream } = profileOf(name).consistsOf;
  if (source === 'upstream') return upstream;
  if (source === 'archive' || distribution === undefined) return [];
  const { own, beneath } = distribution;
  const names: Readonly<Record<string, string | undefined>> = packages;
  const ownName = own in names ? names[own] : own;
  return ownName === undefined ? [] : [ownName, ...beneath];
};
