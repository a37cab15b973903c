import { criSocketOf } from '../core/cri-endpoint.ts';
import type { DesiredNode } from '../core/desired.ts';
import type { HostResult, RuntimeAnswer } from '../core/result.ts';
import { criToRuntime } from '../cri/runtime-answer.ts';
import type { ObservedFacts } from '../facts/index.ts';

/** What a result says of the host besides its findings. */
export const describeHost = (facts: ObservedFacts, desired: DesiredNode): Pick<HostResult, 'summary' | 'runtime'> => {
  const runtime = runtimeOf(facts, desired);
  return { summary: hostSummary(facts), ...(runtime === undefined ? {} : { runtime }) };
};

/** `Debian GNU/Linux 13 (trixie), Linux 6.12.41, containerd 1.7.24`; what is unknown is left out. */
const hostSummary = (facts: ObservedFacts): string =>
  [
    facts.osRelease.known ? facts.osRelease.value.prettyName : undefined,
    facts.kernel.known ? `Linux ${facts.kernel.value.release}` : undefined,
    runtimeSummary(facts),
  ]
    .filter(part => part !== undefined)
    .join(', ');

/** Every runtime that is there, since two of them is what a reader wants to know. */
const runtimeSummary = ({ containerd, crio, docker }: ObservedFacts): string | undefined => {
  const found = [
    containerd.known && containerd.value.version !== undefined ? `containerd ${containerd.value.version}` : '',
    crio.known && crio.value.binary !== '' ? `CRI-O ${crio.value.version ?? ''}`.trim() : '',
    docker.known && docker.value.engine !== '' ? `Docker ${docker.value.engineVersion ?? ''}`.trim() : '',
  ].filter(name => name !== '');
  if (found.length > 0) return found.join(', ');
  return containerd.known ? 'no runtime' : undefined;
};

/** What the runtime that the inventory asks for said, else another that answers; undefined where none did. */
const runtimeOf = (facts: ObservedFacts, desired: DesiredNode): RuntimeAnswer | undefined => {
  if (!facts.cri.known) return undefined;
  const planned = criSocketOf(desired.runtime.name);
  const answers = Object.entries(facts.cri.value);
  const [socket, answer] = answers.find(([path]) => path === planned) ?? answers[0] ?? [];
  if (socket === undefined || answer?.answered !== true) return undefined;
  return criToRuntime(answer, socket, facts, desired);
};
