import { type ErrorCode, NodeprepError } from '../core/errors.ts';
import { refusals } from '../core/exit-code.ts';
import type { HostResult, HostState } from '../core/result.ts';

/** Codes that say the host was never reached, as opposed to reached and not able. */
const neverReached = /^(connect-|host-key-|auth-|key-|no-banner)/;

/** What a host's state is after an error with this code. */
export const stateOfCode = (code: ErrorCode): HostState => {
  if (code === 'interrupted') return 'skipped';
  if (neverReached.test(code)) return 'unreachable';
  return refusals.has(code) ? 'refused' : 'failed';
};

/** What went wrong on a host, as its result. Whatever is no `NodeprepError` is our bug and says so. */
export const failedHost = (host: { readonly name: string; readonly address: string }, error: unknown): HostResult => {
  const base = { host: host.name, address: host.address, findings: [], changes: [] };
  if (error instanceof NodeprepError) {
    const { code, message, hint } = error;
    const state = stateOfCode(code);
    return {
      ...base,
      state,
      error: { code, message, ...(hint === undefined ? {} : { hint }) },
      ...(state === 'refused' ? { outcome: 'unchanged' as const } : {}),
    };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { ...base, state: 'failed', error: { code: 'bug' satisfies ErrorCode, message } };
};
