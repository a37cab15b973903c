/** Specs of critest that say nothing of a node here, by a part of their name. critest itself leaves others out, and says why. */
export interface LeftOut {
  readonly spec: string;
  readonly why: string;
  /** Default: every runtime. */
  readonly runtime?: 'containerd' | 'cri-o' | 'docker';
}

export const leftOut: readonly LeftOut[] = [
  { spec: 'public image with digest should be pulled', why: 'needs an image from outside: it names the digest' },
  { spec: 'benchmark about', why: 'a benchmark, which judges nothing' },
  {
    spec: 'should support seccomp unconfined on the container',
    why: 'container nodes are under a seccomp filter of the lab, which containers inherit',
  },
  {
    spec: 'should support nil profile, which is unconfined',
    why: 'container nodes are under a seccomp filter of the lab, which containers inherit',
  },
];

/** For `--ginkgo.skip`: names have no signs that mean anything to a regular expression but brackets and dots. */
export const skipPattern = (all: readonly LeftOut[]): string =>
  all.map(({ spec }) => spec.replaceAll(/[.()[\]|=]/g, '\\$&')).join('|');
