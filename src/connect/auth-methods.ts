import type { AuthAttempt } from './connect-error.ts';
import type { HostEndpoint } from './endpoint.ts';
import type { Identities } from './identities.ts';

export type AuthMethod<K> =
  | { readonly type: 'publickey'; readonly username: string; readonly key: K }
  | { readonly type: 'agent'; readonly username: string; readonly agent: string }
  | { readonly type: 'none'; readonly username: string };

/** The ways to log in, in order, and what came of them. */
export interface AuthPlan<K> {
  /** `accepts`: what the server said after the last one failed. */
  next(accepts: readonly string[] | null, partial: boolean | null): AuthMethod<K> | undefined;
  note(text: string): void;
  attempt(): AuthAttempt;
}

/**
 * The configured key first and then the agent (it may hold the key that is encrypted here); without one the agent first, as ssh does.
 * `none` is not sent ahead as ssh2 would: it costs a round trip and only tells what the server accepts.
 */
export const planAuth = <K>(endpoint: HostEndpoint, identities: Identities<K>): AuthPlan<K> => {
  const { user: username, agent, identityFile } = endpoint;
  const keys = identities.keys.map(({ path, key }) => ({
    name: `key ${path}`,
    method: { type: 'publickey', username, key } as const,
  }));
  const agents = agent === undefined ? [] : [{ name: 'agent', method: { type: 'agent', username, agent } as const }];
  const ways = identityFile === undefined ? [...agents, ...keys] : [...keys, ...agents];
  const tried: string[] = [];
  const notes = [...identities.notes];
  let accepts: readonly string[] | undefined;
  let partial = false;
  let askedWithNone = false;

  return {
    next(serverAccepts, serverPartial) {
      if (serverAccepts !== null) accepts = serverAccepts;
      if (serverPartial === true) partial = true;
      const way = ways.shift();
      if (way !== undefined) {
        tried.push(way.name);
        return way.method;
      }
      if (tried.length > 0 || askedWithNone) return undefined;
      askedWithNone = true;
      return { type: 'none', username };
    },
    note: text => void notes.push(text),
    attempt: () => ({ tried, accepts, partial, notes }),
  };
};
