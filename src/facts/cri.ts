import { criSocketOf } from '../core/cri-endpoint.ts';
import { isPinned, pinsSandboxImage } from '../core/pinned-image.ts';
import { profileOf, type RuntimeName } from '../core/runtimes/index.ts';
import { isVersion } from '../core/versions.ts';

/** What a runtime answered over CRI (`runtime.v1`), by socket path. */
export interface CriImage {
  readonly names: readonly string[];
  /** Kept from the kubelet's garbage collection. */
  readonly pinned: boolean;
}

export type CriAnswers = Readonly<Record<string, CriAnswer>>;

export type CriAnswer =
  | {
      readonly answered: true;
      readonly runtimeName: string;
      readonly runtimeVersion: string;
      readonly conditions: readonly {
        readonly type: string;
        readonly status: boolean;
        readonly reason: string;
        readonly message: string;
      }[];
      /** `info.config` of verbose Status, parsed; undefined where the runtime has none. */
      readonly config: unknown;
      /** null: the runtime does not implement RuntimeConfig (containerd 1.x). */
      readonly cgroupDriver: 'systemd' | 'cgroupfs' | null;
      /** Handlers of Status, where the runtime lists them. */
      readonly handlers: readonly string[];
      /** Pod sandboxes that it knows of, whatever their state; without those that a proof of nodeprep made. */
      readonly sandboxes: number;
      /** Sandboxes of proofs that were killed in between; absent in recordings of versions that made none. */
      readonly proofs?: number;
      /** What is in its image store, by tag and by digest; absent where it did not tell. */
      readonly images?: readonly CriImage[];
    }
  | { readonly answered: false; readonly reason: string };

/** gRPC's answer of a daemon that is up without the CRI plugin, which is how one with a bad CRI configuration looks. */
export const servesNoCri = (answer: CriAnswer | undefined): boolean =>
  answer?.answered === false && /does not serve CRI|unimplemented|unknown service/i.test(answer.reason);

/**
 * Whether the runtime keeps its sandbox image from the kubelet's garbage collection of images: as it marks the image, else as its
 * version does. undefined: nobody tells.
 */
export const keepsSandboxImage = (
  answer: CriAnswer | undefined,
  name: RuntimeName,
  image: string,
): boolean | undefined => {
  if (answer?.answered !== true) return undefined;
  // Docker answers with the version of its engine.
  const isTold = !profileOf(name).isDockerLike && isVersion(answer.runtimeVersion);
  const byVersion = isTold ? pinsSandboxImage(name, answer.runtimeVersion) : undefined;
  return isPinned(answer.images, image) ?? byVersion;
};

/** Another runtime than this one serves the host: what is installed beside it disturbs nobody. */
export const anotherServes = (cri: CriAnswers, name: RuntimeName): boolean =>
  Object.entries(cri).some(([socket, { answered }]) => answered && socket !== criSocketOf(name));
