import type { BaseAgent, Client, ParsedKey } from 'ssh2';
import { quoteAll } from '../core/shell.ts';
import { askedFirstFor } from './agent-order.ts';
import { type AuthPlan, planAuth } from './auth-methods.ts';
import { explainConnectError, explainTimeout } from './connect-error.ts';
import type { Connection } from './connection.ts';
import type { HostEndpoint } from './endpoint.ts';
import { createKnownHostsStore, type FiledLine, type KnownHostsStore } from './host-keys.ts';
import type { HostProcess } from './host-process.ts';
import { createIdentityStore, type IdentityStore } from './identities.ts';
import { orderAlgorithms } from './known-hosts.ts';
import { createStart } from './launch.ts';
import { printable } from './printable.ts';
import type { SecretGate } from './secret-gate.ts';
import { execute } from './ssh-exec.ts';
import { followProgress, openSocket } from './ssh-socket.ts';
import { interrupted, lostError } from './start-errors.ts';

export interface SshOptions {
  readonly secretGate: SecretGate;
  /** Ends the opening only; every session has its own. */
  readonly signal?: AbortSignal;
  /** What the hosts of one run share; without it each connection reads keys and known_hosts for itself. */
  readonly cache?: SshCache;
  readonly startTimeoutMs?: number;
  /** A silent host is asked for a sign of life this often, and given up after three without. */
  readonly keepaliveIntervalMs?: number;
}

export interface SshCache {
  readonly identities: IdentityStore<ParsedKey>;
  readonly knownHosts: KnownHostsStore;
}

const START_TIMEOUT_MS = 30_000;
const KEEPALIVE_INTERVAL_MS = 15_000;
const KEEPALIVE_COUNT = 3;
/** A host that does not answer our good-bye within this time is dropped. */
const GOODBYE_MS = 2000;

/** ssh2's own preference; the kinds that known_hosts has of the host go before. */
const HOST_KEY_ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
] as const;
type HostKeyAlgorithm = (typeof HOST_KEY_ALGORITHMS)[number];

const loadSsh2 = async () => (await import('ssh2')).default;

export const createSshCache = async (): Promise<SshCache> => {
  const { utils } = await loadSsh2();
  return { identities: createIdentityStore(utils.parseKey), knownHosts: createKnownHostsStore() };
};

export const openSsh = async (endpoint: HostEndpoint, options: SshOptions): Promise<Connection> => {
  const cache = options.cache ?? (await createSshCache());
  const ofHost = await cache.knownHosts.linesOf(endpoint);
  const identities = await cache.identities(endpoint);
  const auth = planAuth(endpoint, identities);
  const { Client, createAgent } = await loadSsh2();
  const client = new Client();
  const agentOf = (path: string) => askedFirstFor(identities.fromAgent, createAgent(path));
  await login({ client, endpoint, ofHost, auth, agentOf, knownHosts: cache.knownHosts, options });
  return connectionOf(client, endpoint, options);
};

interface Login {
  readonly client: Client;
  readonly endpoint: HostEndpoint;
  readonly ofHost: readonly FiledLine[];
  readonly auth: AuthPlan<ParsedKey>;
  readonly agentOf: (path: string) => BaseAgent;
  readonly knownHosts: KnownHostsStore;
  readonly options: SshOptions;
}

const login = ({ client, endpoint, ofHost, auth, agentOf, knownHosts, options }: Login): Promise<void> =>
  new Promise((resolve, reject) => {
    const { signal } = options;
    if (signal?.aborted) return reject(interrupted(endpoint.host));
    const socket = openSocket(endpoint);
    const progress = followProgress(client, socket);
    const attempt = () => ({ stage: progress.stage(), firstBytes: progress.firstBytes(), auth: auth.attempt() });
    let hostKeyError: unknown;

    const finish = (error: unknown): void => {
      clearTimeout(timeout);
      signal?.removeEventListener('abort', onAbort);
      client.off('error', onError).off('close', onClose);
      client.on('error', () => undefined);
      progress.stop();
      if (error === undefined) {
        resolve();
        return;
      }
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => finish(interrupted(endpoint.host));
    const onClose = (): void => finish(hostKeyError ?? explainConnectError(endpoint, attempt(), undefined));
    const onError = (error: Error): void => {
      // One way to log in failed on our side; ssh2 goes on with the next.
      const level = 'level' in error ? error.level : undefined;
      const goesOn = level === 'client-authentication' && !error.message.startsWith('All configured');
      if (level === 'agent' || goesOn) auth.note(`${printable(error.message)}.`);
      else finish(hostKeyError ?? explainConnectError(endpoint, attempt(), error));
    };
    const timeout = setTimeout(() => finish(explainTimeout(endpoint, attempt())), endpoint.connectTimeoutMs);
    signal?.addEventListener('abort', onAbort);

    client
      .on('error', onError)
      .once('close', onClose)
      .once('ready', () => finish(undefined))
      .connect({
        sock: socket,
        username: endpoint.user,
        readyTimeout: 0,
        keepaliveInterval: options.keepaliveIntervalMs ?? KEEPALIVE_INTERVAL_MS,
        keepaliveCountMax: KEEPALIVE_COUNT,
        algorithms: {
          serverHostKey: orderAlgorithms<HostKeyAlgorithm>(ofHost, HOST_KEY_ALGORITHMS),
          compress: ['none'],
        },
        hostVerifier: (key: Buffer, verify: (trusted: boolean) => void) => {
          knownHosts.verify(endpoint, ofHost, key).then(
            () => verify(true),
            error => {
              hostKeyError = error;
              verify(false);
            },
          );
        },
        authHandler: (accepts, partial, next) => {
          // ssh2 takes `false` for "nothing left to try"; its types do not know that.
          const giveUp = false as unknown as Parameters<typeof next>[0];
          const way = auth.next(accepts, partial);
          next(way?.type === 'agent' ? { ...way, agent: agentOf(way.agent) } : (way ?? giveUp));
        },
      });
    socket.on('data', progress.onData);
  });

const connectionOf = (client: Client, endpoint: HostEndpoint, options: SshOptions): Connection => {
  let lost: string | undefined;
  let closing = false;
  const open = new Set<HostProcess>();
  client.on('error', error => {
    lost ??= printable(error.message);
  });
  client.once('close', () => {
    lost ??= closing ? 'it was closed' : 'the host closed it';
    for (const process of open) process.close();
  });
  const startTimeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
  const spawn = async (argv: readonly string[], signal: AbortSignal | undefined): Promise<HostProcess> => {
    const process = await execute(client, endpoint, quoteAll(argv), startTimeoutMs, signal).catch((error: unknown) => {
      // ssh2 answers a request that a lost connection left open as if the host had refused it.
      throw lost === undefined || signal?.aborted ? error : lostError(endpoint.host, lost);
    });
    open.add(process);
    void process.exit.then(() => open.delete(process));
    return process;
  };

  return {
    host: endpoint.host,
    address: endpoint.address,
    start: createStart({
      host: endpoint.host,
      user: endpoint.user,
      sudoPassword: endpoint.sudoPassword,
      gate: options.secretGate,
      startTimeoutMs,
      spawn,
      lost: () => lost,
    }),
    close: async () => {
      closing = true;
      for (const process of open) process.close();
      const drop = setTimeout(() => client.destroy(), GOODBYE_MS).unref();
      client.once('close', () => clearTimeout(drop));
      client.end();
    },
  };
};
