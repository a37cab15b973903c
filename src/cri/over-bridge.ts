import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Session } from '../connect/connection.ts';
import { escapeLine } from '../core/escape.ts';
import { type BridgeTool, bridgeProgram, bridgeTools } from './bridge-program.ts';
import { lastWords, type OpenedBridge, openBridge } from './open-bridge.ts';

export interface BridgeOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Which tools the host may use as bridge; all of them unless a test narrows it. */
  readonly tools?: readonly BridgeTool[];
}

export type Conversation<T> =
  | { readonly held: true; readonly value: T }
  | { readonly held: false; readonly reason: string };

/** The bridge outlives our deadline by this, and then ends by itself. */
const graceSeconds = 20;

const notHeld = (reason: string) => ({ held: false, reason: escapeLine(reason, 500) }) as const;

/** Rejects when the signal fires, whatever the promise does. */
const before = <T>(signal: AbortSignal, promise: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(new Error('aborted'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });

class BridgeOver extends Error {}

/** What was said last is still on its way to the client when the bridge ends; grpc alone would try to connect again until its deadline. */
const failWhenOver = async (pumping: Promise<'ended' | 'too-much'>): Promise<never> => {
  const why = await pumping;
  await delay(200);
  throw new BridgeOver(
    why === 'ended' ? 'the connection to the runtime ended' : 'the runtime sent more than nodeprep accepts',
  );
};

/** socat and nc connect only once they stand, and say so on standard error; python3 and perl have told it before. */
const wasRefused = async (session: Session): Promise<boolean> => {
  await Promise.race([session.exit, delay(300)]);
  return /connection refused/i.test(session.stderr());
};

const converse = async <T>(
  session: Session,
  bridge: Extract<OpenedBridge, { open: true }>,
  timeoutMs: number,
  signal: AbortSignal,
  talk: (socketPath: string) => Promise<T>,
): Promise<Conversation<T>> => {
  // Loaded here: a fleet without runtimes never pays for it.
  const [{ explain }, { openPrivateSocket }, { pump }] = await Promise.all([
    import('./client.ts'),
    import('./private-socket.ts'),
    import('./pump.ts'),
  ]);
  const socket = await openPrivateSocket();
  const pumping = socket.peer.then(peer => pump(session, peer, bridge.first, bridge.bytes));
  try {
    return { held: true, value: await before(signal, Promise.race([talk(socket.path), failWhenOver(pumping)])) };
  } catch (error) {
    if (signal.aborted) throw error;
    if (await wasRefused(session)) return notHeld('nothing listens at the socket: Connection refused');
    return notHeld(error instanceof BridgeOver ? error.message + lastWords(session) : explain(error, timeoutMs));
  } finally {
    session.endInput();
    session.close();
    await socket.close();
  }
};

/**
 * Talks to the runtime behind a socket on the host over one session that carries bytes as root (design 3.4). `talk` gets the
 * path of a local socket that is the runtime's for as long as it runs. Whatever goes wrong is a reason; this never throws.
 */
export const overBridge = async <T>(
  connection: Connection,
  socketPath: string,
  { timeoutMs, signal, tools = bridgeTools }: BridgeOptions,
  talk: (socketPath: string) => Promise<T>,
): Promise<Conversation<T>> => {
  const deadline = AbortSignal.timeout(timeoutMs);
  const stop = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const marker = randomBytes(16).toString('hex');
  let session: Session | undefined;
  try {
    const program = bridgeProgram(socketPath, marker, timeoutMs / 1000 + graceSeconds, tools);
    session = await before(stop, connection.start(program, { as: 'best', signal: stop }));
    const bridge = await before(stop, openBridge(session, marker));
    if (!bridge.open) return notHeld(bridge.reason);
    return await converse(session, bridge, timeoutMs, stop, talk);
  } catch (error) {
    if (signal?.aborted) return notHeld('interrupted');
    if (deadline.aborted) return notHeld(`no answer within ${timeoutMs / 1000} s`);
    return notHeld(error instanceof Error ? error.message : String(error));
  } finally {
    session?.close();
  }
};
