import { fullImageName } from './image-name.ts';
import { profileOf, type RuntimeName } from './runtimes/index.ts';
import { isAtLeast, isSameLine } from './versions.ts';

/** For people: `1.6.22 or 1.7.3`. */
export const pinsSince = (name: RuntimeName): string => profileOf(name).pinsSince.join(' or ');

/** `version` is that of who serves CRI: cri-dockerd's, not Docker's. */
export const pinsSandboxImage = (name: RuntimeName, version: string): boolean => {
  const since = profileOf(name).pinsSince;
  const line = since.find(first => isSameLine(first, version));
  return isAtLeast(version, line ?? since.at(-1) ?? version);
};

/**
 * Up to 1.28 the kubelet spares the image of --pod-infra-container-image; from 1.29 it takes the flag and does nothing with it
 * (kubernetes/kubernetes PR 118544), and 1.35 does not know it.
 */
export const sparesByFlag = (kubeletVersion: string): boolean => !isAtLeast(kubeletVersion, '1.29');

interface ListedImage {
  readonly names: readonly string[];
  readonly pinned: boolean;
}

/** What the runtime says of the image in its store; undefined: it has none of that name, or does not tell. */
export const isPinned = (images: readonly ListedImage[] | undefined, name: string): boolean | undefined =>
  images?.find(({ names }) => names.some(other => fullImageName(other) === fullImageName(name)))?.pinned;
