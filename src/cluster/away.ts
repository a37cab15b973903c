import { NodeprepError } from '../core/errors.ts';

/** The API server does not answer now, or the only host that leads to it does not: to be asked again. */
export const isAway = (error: unknown): error is NodeprepError =>
  error instanceof NodeprepError &&
  (error.code === 'cluster-unreachable' || /^(connect-|no-answer|no-banner)/.test(error.code));
