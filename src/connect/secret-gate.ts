import { NodeprepError } from '../core/errors.ts';

/**
 * Lets one host prove a shared sudo password before the others use it, so that a wrong one costs a single attempt in the
 * whole run (design 3.2). One gate per run.
 */
export interface SecretGate {
  /**
   * Waits for a turn. `use`: the secret is proven. `prove`: this host tries it and must call `settle`. `probe`: an earlier host
   * had no need of it, so try without first and come back with `probed`. Throws `sudo-password` when it was refused elsewhere.
   */
  enter(secret: string, host: string, options: EnterOptions): Promise<Turn>;
  settle(secret: string, host: string, outcome: Outcome): void;
}

export interface EnterOptions {
  readonly probed: boolean;
  readonly signal: AbortSignal | undefined;
}

export type Turn = 'use' | 'prove' | 'probe';
/** needless: root without it. open: we cannot tell. After both the next host proves. */
export type Outcome = 'proven' | 'refused' | 'needless' | 'open';

interface Entry {
  state: 'open' | 'busy' | 'proven' | 'refused';
  /** Some host became root without the secret. Hosts that need none then do not queue behind each other. */
  needless: boolean;
  refusedOn: string;
  readonly waiting: Set<() => void>;
}

export const createSecretGate = (): SecretGate => {
  const entries = new Map<string, Entry>();
  const entryOf = (secret: string): Entry => {
    const entry = entries.get(secret) ?? { state: 'open', needless: false, refusedOn: '', waiting: new Set() };
    entries.set(secret, entry);
    return entry;
  };

  return {
    async enter(secret, host, { probed, signal }) {
      const entry = entryOf(secret);
      for (;;) {
        if (signal?.aborted) throw new NodeprepError('interrupted', `${host}: interrupted while waiting for sudo.`);
        if (entry.state === 'proven') return 'use';
        if (entry.state === 'refused') throw refusedElsewhere(secret, entry.refusedOn);
        if (entry.needless && !probed) return 'probe';
        if (entry.state === 'open') {
          entry.state = 'busy';
          return 'prove';
        }
        await turnOf(entry, signal);
      }
    },
    settle(secret, host, outcome) {
      const entry = entryOf(secret);
      if (entry.state !== 'refused') entry.state = outcome === 'needless' ? 'open' : outcome;
      if (outcome === 'needless') entry.needless = true;
      if (outcome === 'refused') entry.refusedOn ||= host;
      for (const wake of [...entry.waiting]) wake();
    },
  };
};

const turnOf = (entry: Entry, signal: AbortSignal | undefined): Promise<void> =>
  new Promise(resolve => {
    const wake = (): void => {
      entry.waiting.delete(wake);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    entry.waiting.add(wake);
    signal?.addEventListener('abort', wake);
  });

const refusedElsewhere = (secret: string, host: string): NodeprepError =>
  new NodeprepError(
    'sudo-password',
    `sudo refused the password from ${secret} on ${host}; it was not tried here, since a wrong one can lock accounts.`,
    { hint: `Correct ${secret}, or give this host its own sudo.password.` },
  );
