import type { HandlerName } from './desired.ts';

/** What a proof is to show (design 3.11). */
export interface SandboxWish {
  readonly image: string;
  readonly cgroupDriver: 'systemd' | 'cgroupfs';
  /** auto: no image and none to be had is no failure. */
  readonly mode: 'auto' | 'required';
  readonly runId: string;
  /** Of pods that name none, where the inventory says. */
  readonly defaultHandler?: HandlerName | undefined;
  /** Handlers to be proved besides the default one. */
  readonly handlers?: readonly HandlerName[];
}

/** What became of it. */
export type SandboxProof =
  | {
      readonly outcome: 'ran';
      readonly cgroup: string;
      /** Handlers by which one ran besides the default one. */
      readonly handlers?: readonly HandlerName[];
    }
  | { readonly outcome: 'failed'; readonly reason: string }
  | { readonly outcome: 'skipped'; readonly reason: string };
