import type { OpenConnection } from '../apply/host-run.ts';
import type { VerifyDecision } from '../apply/run-host.ts';
import { proofChecks } from '../checks/index.ts';
import { judgeProof } from '../checks/judge.ts';
import { criSocketOf, criSocketPaths } from '../core/cri-endpoint.ts';
import type { DesiredNode, HandlerName } from '../core/desired.ts';
import type { SandboxProof } from '../core/sandbox-proof.ts';
import { proveSandbox, removeProofs } from '../cri/prove-sandbox.ts';
import { type Glance, mustStand, surely } from './look-again.ts';
import { observe } from './observe.ts';

export interface SandboxOptions {
  readonly open: OpenConnection;
  readonly identity: { readonly runId: string };
  readonly today: string;
}

/** The last proof of a run (design 3.11): a sandbox runs as planned. What was seen before is told together with it. */
export const proveBySandbox = async (
  seen: Glance,
  desired: DesiredNode,
  { open, identity, today }: SandboxOptions,
): Promise<{ readonly seen: Glance; readonly decision: VerifyDecision }> => {
  const { sandbox: mode } = desired.verify;
  if (mode === 'off') return { seen, decision: { ok: true } };
  const { cgroupDriver, sandboxImage: image } = desired.runtime;
  const handlers = handlersToProve(seen, desired);
  const wish = {
    image,
    cgroupDriver,
    mode,
    runId: identity.runId,
    handlers,
    defaultHandler: desired.runtime.defaultHandler,
  };
  const proof = await surely(open, async connection => {
    const { lost, ...told } = await proveSandbox(connection, criSocketOf(desired.runtime.name), wish);
    if (lost === true) await mustStand(connection);
    return told;
  });
  const findings = judgeProof(proofChecks, proof, desired, today);
  const isWrong = findings.some(({ status, waiver }) => status === 'fail' && waiver === undefined);
  return {
    seen: withProof({ ...seen, findings: [...seen.findings, ...findings] }, proof),
    decision: isWrong && proof.outcome === 'failed' ? { ok: false, reason: proof.reason } : { ok: true },
  };
};

/** Of those that can run by now: a machine of Kata needs KVM (kata-kvm tells), and gVisor a network for pods, which a CNI plugin brings later. */
const handlersToProve = (
  { facts: { cri, ociRuntimes } }: Glance,
  { runtime: { name: runtime, handlers = [], defaultHandler } }: DesiredNode,
): readonly HandlerName[] => {
  const hasKvm = ociRuntimes.known && ociRuntimes.value.kvm;
  const answer = cri.known ? cri.value[criSocketOf(runtime)] : undefined;
  const hasNetwork =
    answer?.answered === true && answer.conditions.some(({ type, status }) => type === 'NetworkReady' && status);
  const runs: Readonly<Record<HandlerName, boolean>> = { runc: true, crun: true, runsc: hasNetwork, kata: hasKvm };
  return handlers.filter(name => name !== defaultHandler && runs[name]);
};

const withProof = (seen: Glance, { outcome }: SandboxProof): Glance => {
  const { runtime } = seen.described;
  if (runtime === undefined) return seen;
  return { ...seen, described: { ...seen.described, runtime: { ...runtime, sandbox: outcome } } };
};

/** What a proof left whose control side died; how many sandboxes, of whatever runtime. */
export const removeLeftSandboxes = async (open: OpenConnection): Promise<number> => {
  const connection = await open();
  const { signal } = new AbortController();
  const { facts } = await observe(connection, ['criSockets'], signal);
  const sockets = facts.criSockets.known ? facts.criSockets.value : criSocketPaths;
  const removed = await Promise.all(sockets.map(socket => removeProofs(connection, socket, signal)));
  return removed.reduce((sum, count) => sum + count, 0);
};
