import type { PackageManager } from '../core/package-manager.ts';
import type { OsRelease } from '../facts/os-release.ts';

/** How one family of distributions does it. One file each; first match wins, specific before general. */
export interface OsFamily {
  readonly id: string;
  readonly packageManager: PackageManager;
  matches(release: OsRelease): boolean;
  /** Package names by component, as this family's own repositories call them; undefined = they have none. */
  readonly packages: {
    readonly containerd: string | undefined;
    readonly docker: string | undefined;
  };
  /** Package names by component, as upstream's repositories for this family call them. */
  readonly upstreamPackages: { readonly containerd: string };
  /** What changes those of its systems whose /usr is read-only; undefined = there are none. */
  readonly snapshotTool?: string;
  /** Part of the path of docker.com's repository for a distribution of this family; undefined = it has none for it. */
  dockerDirectory(release: OsRelease): string | undefined;
}
