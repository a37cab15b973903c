import { status } from '@grpc/grpc-js';
import type { HandlerName } from '../core/desired.ts';
import type { SandboxProof, SandboxWish } from '../core/sandbox-proof.ts';
import { fitsDriver } from './cgroup-of.ts';
import { type CriClient, call } from './client.ts';
import {
  imageStatusMethod,
  listPodSandboxMethod,
  pullImageMethod,
  removeImageMethod,
  removePodSandboxMethod,
  runPodSandboxMethod,
  stopPodSandboxMethod,
} from './messages.ts';
import { proofLabel } from './proof-label.ts';

/** The cgroups of a sandbox, as its host names them. */
export type Whereabouts = (sandboxId: string, signal: AbortSignal) => Promise<readonly string[]>;

const callMs = 10_000;
const pullMs = 30_000;
/** cri-dockerd gives the process of a sandbox ten seconds to end by itself. */
const stopMs = 20_000;
/** A kubelet ends sandboxes that no pod of its own stands behind, every two seconds: it may be quicker than we. */
const mostAttempts = 3;

const words = (error: unknown): string => {
  if (typeof error === 'object' && error !== null && 'details' in error && typeof error.details === 'string')
    return error.details;
  return error instanceof Error ? error.message : String(error);
};

/** `until` is milliseconds on the clock of `Date.now`; what was made is removed even after it. */
export const runProof = async (
  client: CriClient,
  where: Whereabouts,
  wish: SandboxWish,
  until: number,
): Promise<SandboxProof> => {
  await removeLeftProofs(client);
  const image = await haveImage(client, wish.image, until);
  if (image.state === 'missing') {
    const reason = `${wish.image} is not on the host and cannot be pulled: ${image.reason}`;
    return { outcome: wish.mode === 'auto' ? 'skipped' : 'failed', reason };
  }
  const proof = await everyHandler(client, where, wish, until);
  if (proof.outcome === 'failed' && image.state === 'pulled') {
    await call(client, removeImageMethod, { image: { image: wish.image } }, soon(callMs)).catch(() => undefined);
  }
  return proof;
};

const soon = (milliseconds: number, until = Number.POSITIVE_INFINITY): Date =>
  new Date(Math.min(Date.now() + milliseconds, until));

type ImageState = { readonly state: 'there' | 'pulled' } | { readonly state: 'missing'; readonly reason: string };

const haveImage = async (client: CriClient, name: string, until: number): Promise<ImageState> => {
  const image = { image: { image: name } };
  try {
    const found = await call(client, imageStatusMethod, image, soon(callMs, until));
    if (found.image !== null) return { state: 'there' };
    await call(client, pullImageMethod, image, soon(pullMs, until));
    return { state: 'pulled' };
  } catch (error) {
    return { state: 'missing', reason: words(error) };
  }
};

/** The default handler first; what is wrong with another one is told with its name. */
const everyHandler = async (
  client: CriClient,
  where: Whereabouts,
  wish: SandboxWish,
  until: number,
): Promise<SandboxProof> => {
  const proof = await attempts(client, where, { ...wish, handler: '' }, until);
  const { handlers = [] } = wish;
  if (proof.outcome !== 'ran' || handlers.length === 0) return proof;
  for (const handler of handlers) {
    const other = await attempts(client, where, { ...wish, handler }, until);
    if (other.outcome !== 'ran') return { ...other, reason: `by the handler ${handler}: ${other.reason}` };
  }
  return { ...proof, handlers };
};

/** Empty: the default one. */
type OneWish = SandboxWish & { readonly handler: HandlerName | '' };

const attempts = async (client: CriClient, where: Whereabouts, wish: OneWish, until: number): Promise<SandboxProof> => {
  for (let attempt = 1; ; attempt += 1) {
    const proof = await attemptOnce(client, where, wish, until);
    if (proof !== 'gone') return proof;
    if (attempt === mostAttempts || Date.now() >= until) {
      const reason = `the sandbox was gone ${attempt} times before it could be looked at: somebody else ends it, or its process dies`;
      return { outcome: 'failed', reason };
    }
  }
};

const attemptOnce = async (
  client: CriClient,
  where: Whereabouts,
  wish: OneWish,
  until: number,
): Promise<SandboxProof | 'gone'> => {
  try {
    const { podSandboxId } = await call(client, runPodSandboxMethod, requestOf(wish), soon(pullMs, until));
    const cgroups = await where(podSandboxId, AbortSignal.timeout(callMs));
    return cgroups.length === 0 ? 'gone' : judge(cgroups, podSandboxId, wish);
  } catch (error) {
    return { outcome: 'failed', reason: `a pod sandbox does not start: ${words(error)}` };
  } finally {
    // By label, not by id: one that started after our deadline is ours too.
    await removeLeftProofs(client).catch(() => undefined);
  }
};

const judge = (cgroups: readonly string[], id: string, { cgroupDriver, handler }: OneWish): SandboxProof => {
  // Kata names the cgroups of its machines in ways of its own.
  const other = handler === 'kata' ? undefined : cgroups.find(path => !fitsDriver(path, id, cgroupDriver));
  // CRI-O's monitor of the sandbox is in a scope of its own.
  const own = cgroups.find(path => !path.includes('-conmon-')) ?? cgroups[0];
  if (other === undefined) return { outcome: 'ran', cgroup: own ?? '' };
  return {
    outcome: 'failed',
    reason: `the sandbox ran in the cgroup ${other}, which is not what the cgroup driver ${cgroupDriver} makes`,
  };
};

/**
 * In the network of the host, so that no CNI plugin is needed, and with its IPC, so that nothing is mounted. Its parents exist on every host, so that nothing is left of
 * it: `system.slice` for systemd, the root for cgroupfs. Its containers would share its process namespace: without that, CRI-O starts
 * no process for a sandbox, and makes a bare directory under either driver.
 */
const requestOf = ({ cgroupDriver, runId, handler, defaultHandler }: OneWish) => ({
  config: {
    metadata: { name: 'nodeprep-proof', uid: `nodeprep-proof-${runId}`, namespace: 'nodeprep' },
    labels: { [proofLabel]: runId },
    linux: {
      cgroupParent: cgroupDriver === 'systemd' ? 'system.slice' : '/',
      securityContext: {
        namespaceOptions: { network: networkFor(handler === '' ? defaultHandler : handler), pid: 0, ipc: 2 } as const,
      },
    },
  },
  runtimeHandler: handler,
});

/** gVisor does not run in the network of the host. */
const networkFor = (handler: HandlerName | undefined): 0 | 2 => (handler === 'runsc' ? 0 : 2);

/** Of this proof and of all that were killed; how many there were. */
export const removeLeftProofs = async (client: CriClient): Promise<number> => {
  const { items } = await call(client, listPodSandboxMethod, {}, soon(callMs));
  const ours = items.filter(({ labels }) => labels[proofLabel] !== undefined);
  for (const { id } of ours) {
    await call(client, stopPodSandboxMethod, { podSandboxId: id }, soon(stopMs)).catch(ignoreGone);
    await call(client, removePodSandboxMethod, { podSandboxId: id }, soon(callMs)).catch(ignoreGone);
  }
  return ours.length;
};

const ignoreGone = (error: unknown): void => {
  if (error instanceof Error && 'code' in error && error.code === status.NOT_FOUND) return;
  throw error;
};
