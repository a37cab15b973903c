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

const runtimeSummary = (facts: ObservedFacts): string | undefined => {
  if (!facts.containerd.known) return undefined;
  const { version } = facts.containerd.value;
  return version === undefined ? 'no runtime' : `containerd ${version}`;
};

/** What the runtime itself said; undefined where none answered. */
const runtimeOf = (facts: ObservedFacts, desired: DesiredNode): RuntimeAnswer | undefined => {
  if (!facts.cri.known) return undefined;
  const [entry] = Object.entries(facts.cri.value);
  if (entry === undefined || !entry[1].answered) return undefined;
  return criToRuntime(entry[1], entry[0], facts, desired);
};
