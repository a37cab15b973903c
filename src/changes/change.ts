import type { ArchiveSource, DesiredKey, DesiredProxy } from '../core/desired.ts';
import type { PackageManager } from '../core/package-manager.ts';
import type { Disruption, Phase } from '../core/result.ts';
import type { ImageLoader } from '../core/runtimes/runtime.ts';

/** What every planned change carries (design 3.5). Data only: printable, storable, comparable. */
export interface ChangeBase {
  /** Stable within a plan and across plans of the same host state: `file:/etc/sysctl.d/99-zz-nodeprep.conf`. */
  readonly id: string;
  /** The path, package, unit or key it changes. */
  readonly target: string;
  /** One line for people: `net.ipv4.ip_forward = 1, so that the next boot keeps it`. */
  readonly summary: string;
  /** The rule: why. */
  readonly because: string;
  readonly phase: Phase;
  readonly disruption: Disruption;
  readonly reversible: boolean;
  /** Unified diff with secrets masked, for files. */
  readonly diff?: string;
  /** The cgroup driver or the runtime changes: refused on the host while any Kubernetes sandbox exists (design 3.9). */
  readonly needsNoSandboxes?: boolean;
  /** What it sets, in the words of `LaterSetting.setting`: an agreed plan binds the changes of later rounds to them. */
  readonly settings?: readonly string[];
}

/** State of a path that a guard compares. */
export type PathState =
  | { readonly state: 'absent' }
  | {
      readonly state: 'file';
      readonly sha256: string;
      readonly mode: string;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly state: 'directory'; readonly mode: string; readonly uid: number; readonly gid: number }
  | { readonly state: 'symlink'; readonly target: string };

export interface FileChange extends ChangeBase {
  readonly kind: 'file';
  readonly path: string;
  readonly before: PathState;
  /** A symlink is written through only if `followLink`; else the link itself is replaced and restored. */
  readonly after:
    | {
        readonly state: 'file';
        readonly text: string;
        readonly mode: string;
        readonly uid: number;
        readonly gid: number;
      }
    | { readonly state: 'absent' }
    | { readonly state: 'symlink'; readonly target: string };
  /**
   * Run against the staged file before it goes live; `{}` stands for its path. Exit 0 = valid.
   * E.g. ['containerd', '--config', '{}', 'config', 'dump'].
   */
  readonly validate?: readonly string[];
}

export interface DirectoryChange extends ChangeBase {
  readonly kind: 'directory';
  readonly path: string;
  readonly mode: string;
}

export interface PackageChange extends ChangeBase {
  readonly kind: 'package';
  readonly manager: PackageManager;
  readonly name: string;
  /** Exact version to install; null = the candidate at apply, which must satisfy `range` (refused otherwise). */
  readonly version: string | null;
  /** Upstream version prefix that must hold (`1.7`), null = any. */
  readonly range: string | null;
  /** Installed version before; null = absent. */
  readonly before: string | null;
  /** Names of packages that are held once it is there, those of them that are; it among them, unless there are none. */
  readonly holds: readonly string[];
  /** Installed packages that go for it, since they cannot be beside it; nothing else may. Absent = none. */
  readonly removes?: readonly string[];
}

/** Only holds or unholds an installed package. */
export interface HoldChange extends ChangeBase {
  readonly kind: 'hold';
  readonly manager: PackageManager;
  readonly name: string;
  readonly hold: boolean;
}

export interface ServiceChange extends ChangeBase {
  readonly kind: 'service';
  readonly unit: string;
  /** undefined = leave as it is. */
  readonly enabled?: boolean;
  readonly active?: boolean;
  readonly masked?: boolean;
  /** Restart or reload although nothing about enablement changes: what runs is not what is configured. */
  readonly action?: 'restart' | 'reload';
  readonly before: { readonly unitFileState: string; readonly activeState: string };
}

export interface ModuleChange extends ChangeBase {
  readonly kind: 'module';
  readonly name: string;
}

/** The live value only; persistence is a file change. */
export interface SysctlChange extends ChangeBase {
  readonly kind: 'sysctl';
  readonly key: string;
  readonly value: string;
  /** null = the key appears once a module of this plan is loaded. */
  readonly before: string | null;
}

/** Swaps off what is active now, where free memory exceeds used swap; the fstab edit, masks and zram are file and service changes. */
export interface SwapChange extends ChangeBase {
  readonly kind: 'swap';
  readonly device: string;
  readonly usedKib: number;
}

/**
 * The cgroup trees that the kubelet made for pods are removed where no process is left in them, in every hierarchy: the
 * kubelet keeps a tree that exists, so only one that came back proves its driver. Undone by removing them again.
 */
export interface CgroupRootsChange extends ChangeBase {
  readonly kind: 'cgroup-roots';
}

/** What of an archive goes where. Nothing else of it touches the host. */
export interface ArchiveEntry {
  /**
   * As the archive names it, without a leading `./`: one file (`cri-dockerd/cri-dockerd`), or, with a `/` at its end, every file
   * below that directory (`bin/`; `/` is the whole archive). `.`: the download is no archive but the file itself (runc.amd64).
   */
  readonly member: string;
  /** Absolute; ends in `/` where the member does. */
  readonly path: string;
  /** Octal, of the files, which are root's. */
  readonly mode: string;
}

/**
 * Fetched and unpacked beside everything else while guards run, so that whatever is wrong with it leaves the host as it is; put in
 * place, file by file, in its phase. The record of what it put down is /var/lib/nodeprep/archives/COMPONENT (fact `archives`).
 */
export interface ArchiveChange extends ChangeBase {
  readonly kind: 'archive';
  /** `containerd`, `runc`: names the record on the host. */
  readonly component: string;
  readonly source: ArchiveSource;
  /** Hex, of the download; checked on the host however it came there. */
  readonly sha256: string;
  readonly entries: readonly ArchiveEntry[];
  /** The archive that is installed now, and those of its files that are not as it left them; null = none. */
  readonly before: { readonly sha256: string; readonly changed: readonly string[] } | null;
}

/** What an archive has put down goes, file by file, and its record with it. */
export interface ArchiveRemovalChange extends ChangeBase {
  readonly kind: 'archive-removal';
  readonly component: string;
  readonly before: NonNullable<ArchiveChange['before']>;
}

/** What loads an image into the store that the runtime's CRI shows. */

/** An image archive that is loaded into the running runtime; fetched, and looked at, while guards run. Undone by removing what came. */
export interface ImageChange extends ChangeBase {
  readonly kind: 'image';
  /** For people, where its archive is named in the inventory: `sandboxImage`. */
  readonly component: string;
  /** Must be among the names in the archive. */
  readonly image: string;
  readonly loader: ImageLoader;
  readonly source: ArchiveSource;
  /** Hex, of the download. */
  readonly sha256: string;
}

/**
 * The key that the package manager checks a package source with. It is fetched, or was sent along, and its fingerprint compared while guards run, so
 * that a wrong one leaves the host as it is; put in place in its phase, as a keyring of this one key (dnf: as armour, and rpm is told of it).
 */
export interface RepositoryKeyChange extends ChangeBase {
  readonly kind: 'repository-key';
  readonly manager: PackageManager;
  readonly path: string;
  readonly before: PathState;
  /** 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
  readonly key: DesiredKey;
  /** Where the key is fetched by a program that knows none of the package manager's; without it, whatever that one has. */
  readonly proxy?: DesiredProxy;
}

/** The package manager reads what one file of sources offers; undone by removing the lists that came. */
export interface PackageListsChange extends ChangeBase {
  readonly kind: 'package-lists';
  readonly manager: PackageManager;
  /** Of the sources. */
  readonly path: string;
  /** Those of dnf in that file, where it is somebody else's and holds more; absent = all that are ours. */
  readonly repositories?: readonly string[];
}

export type Change =
  | FileChange
  | DirectoryChange
  | PackageChange
  | HoldChange
  | ServiceChange
  | ModuleChange
  | SysctlChange
  | SwapChange
  | CgroupRootsChange
  | ArchiveChange
  | ArchiveRemovalChange
  | ImageChange
  | RepositoryKeyChange
  | PackageListsChange;

/**
 * Whether the host program holds for the node to be drained, and then emptied, before anything is switched. The table of
 * disruptions says `drain` only on a joined node: elsewhere there is nobody to drain, and a guard suffices.
 */
export const needsEmptyNode = (changes: readonly Change[]): boolean =>
  changes.some(({ disruption }) => disruption === 'drain');

export type ChangeKindName = Change['kind'];
