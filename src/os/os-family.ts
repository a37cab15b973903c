import type { OsRelease } from '../facts/os-release.ts';

/** How one family of distributions does it. One file each; first match wins, specific before general. */
export interface OsFamily {
  readonly id: string;
  readonly packageManager: 'apt' | 'dnf' | 'zypper';
  matches(release: OsRelease): boolean;
  /** Package names by component, as this family's own repositories call them. */
  readonly packages: { readonly containerd: string; readonly runc: string; readonly cniPlugins: string };
  /** Package names by component, as upstream's repositories for this family call them. */
  readonly upstreamPackages: { readonly containerd: string };
}
