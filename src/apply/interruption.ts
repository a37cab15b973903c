import { type ErrorCode, NodeprepError } from '../core/errors.ts';

export interface Interruption {
  readonly go: false;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** Why a run goes no further: the operator wants it so, or what its signal was aborted with, as the lost lock of the cluster. */
export const interruption = ({ reason }: Pick<AbortSignal, 'reason'>): Interruption =>
  reason instanceof NodeprepError
    ? { go: false, code: reason.code, reason: reason.message }
    : { go: false, code: 'interrupted', reason: 'interrupted by the operator' };
