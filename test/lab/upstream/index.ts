export { crun, skopeo } from './around.ts';
export { type DnfDistribution, ownContainerd, ownDocker } from './distributions.ts';
export { makeSigningKey, type SigningKey } from './key.ts';
export {
  containerdIo,
  containerdIo2,
  containerSelinux,
  criDockerd,
  criO,
  dockerCe,
  dockerEe,
  leapRelease,
  rockyRelease,
  type UpstreamPackage,
} from './packages.ts';
export { politely } from './polite.ts';
export { CRI_DOCKERD_RELEASE, CRIO_RELEASE, crioProblem } from './programs.ts';
export { openUpstream, type UpstreamRepository } from './repository.ts';
export { openRpmUpstream } from './rpm-repository.ts';
export { suseContainerd, suseDocker } from './suse.ts';
