import type { ArchiveComponent } from '../archive-component.ts';

/** Who puts the archive of an image into a runtime's store. */
export type ImageLoader = 'ctr' | 'containers-storage' | 'docker';

/** What is said of one runtime wherever runtimes are told apart: plain data. One runtime, one file. */
export interface RuntimeProfile {
  /** In sentences: `CRI-O`. */
  readonly label: string;
  /** Where the kubelet finds it, as kubeadm spells it (cmd/kubeadm/app/constants/constants_unix.go). */
  readonly endpoint: `unix:///var/run/${string}`;
  /** The daemons that it consists of. */
  readonly services: readonly [string, ...string[]];
  /** The one of them that serves CRI. */
  readonly criUnit: string;
  /** The one of them that pulls images. */
  readonly pullingUnit: string;
  /** When containers outlive a restart of its daemon. */
  readonly containersStay: 'always' | 'under systemd' | 'with live-restore';
  readonly imageLoader: ImageLoader;
  /**
   * First versions of what serves CRI that mark their own sandbox image as pinned, so that the kubelet's garbage collection leaves it:
   * one for each line of maintenance that got it, the last for all later ones.
   */
  readonly pinsSince: readonly [string, ...string[]];
  /** An engine with its own API, and CRI in front of it by cri-dockerd. */
  readonly isDockerLike: boolean;
  /** The packages that it consists of, by source; not each of them is there in every release. */
  readonly consistsOf: {
    /** `own`: by the name that the family of the distribution has for it. */
    readonly distribution?: { readonly own: string; readonly beneath: readonly string[] };
    /** Its own first, then those that it runs on. */
    readonly upstream: readonly [string, ...string[]];
  };
  /** What it cannot do without when it comes from archives; [] = it does not come from archives. */
  readonly archives: readonly ArchiveComponent[];
  /** There is no repository to assume: what an inventory has to say. */
  readonly namedRepository?: string;
  /** Under terms that its buyer has to agree to. */
  readonly isSold?: boolean;
}
