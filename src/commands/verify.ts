import type { VerifyDecision } from '../apply/run-host.ts';
import { criSocketOf } from '../core/cri-endpoint.ts';
import type { DesiredNode } from '../core/desired.ts';
import type { Finding } from '../core/result.ts';
import type { CriAnswer } from '../facts/cri.ts';
import type { ObservedFacts } from '../facts/index.ts';
import type { HostPlan } from '../plan/host-plan.ts';

export interface Proof {
  readonly before: readonly Finding[];
  readonly after: readonly Finding[];
  readonly plan: HostPlan;
  readonly facts: ObservedFacts;
  readonly desired: DesiredNode;
}

/**
 * Whether a run may be committed (design 3.11): nothing is left to change, the runtime answers over CRI, nothing that apply
 * answers for is wrong, and nothing broke that was fine. What was wrong before and is not ours to repair does not block. Pure.
 */
export const provenBy = (proof: Proof): VerifyDecision => {
  const reasons = [...unfinished(proof.plan), ...silentRuntime(proof), ...broken(proof)];
  return reasons.length === 0 ? { ok: true } : { ok: false, reason: reasons.join('\n') };
};

const unfinished = ({ changes }: HostPlan): readonly string[] =>
  changes.length === 0
    ? []
    : [`the plan is not empty after the changes: ${changes.map(({ summary }) => summary).join('; ')}`];

/** Only who is to serve the kubelet: beneath Docker containerd has a socket that serves no CRI. */
const silentRuntime = ({ facts: { cri }, desired }: Proof): readonly string[] => {
  if (!cri.known) return [`the runtime could not be asked: ${cri.reason}`];
  const socket = criSocketOf(desired.runtime.name);
  const answer = cri.value[socket];
  return answer === undefined
    ? [`no runtime answers: its CRI socket ${socket} is not there`]
    : notReady(socket, answer);
};

/** NetworkReady is false until a network is installed, and says nothing about the runtime. */
const notReady = (socket: string, answer: CriAnswer): readonly string[] => {
  if (!answer.answered) return [`${socket} does not answer CRI: ${answer.reason}`];
  return answer.conditions
    .filter(({ type, status }) => type === 'RuntimeReady' && !status)
    .map(({ reason, message }) => `the runtime at ${socket} is not ready: ${reason} ${message}`.trimEnd());
};

const isError = (finding: Finding): boolean =>
  finding.status === 'fail' && finding.severity === 'error' && finding.waiver === undefined;

const broken = ({ before, after }: Proof): readonly string[] => {
  const known = new Set(before.filter(isError).map(({ check }) => check));
  return after
    .filter(finding => isError(finding) && (finding.fixedByApply || !known.has(finding.check)))
    .map(({ check, message }) => `${message} (${check})`);
};
