import { runtimeOf } from '../checks/runtimes/index.ts';
import type { InForceSource, RuntimeFacts } from '../checks/runtimes/runtime-view.ts';
import type { DesiredNode } from '../core/desired.ts';
import { known, type Observed } from '../core/observed.ts';
import type { RuntimeAnswer } from '../core/result.ts';
import type { CriAnswer } from '../facts/cri.ts';
import type { ObservedFacts } from '../facts/index.ts';

type Facts = Pick<ObservedFacts, 'containerd' | 'cri' | 'crio' | 'docker' | 'services'>;

const word = (from: InForceSource): RuntimeAnswer['cgroupDriverFrom'] => {
  if (from === 'CRI RuntimeConfig') return 'RuntimeConfig';
  return from === 'CRI Status' ? 'Status' : 'config';
};

/** What the view of the runtime reads, where all of it is known. */
const factsOf = (facts: Facts, desired: DesiredNode): Observed<RuntimeFacts<'containerd' | 'crio' | 'docker'>> => {
  const ids = [...runtimeOf(desired).needs, 'cri', 'services'] as const;
  const missing = ids.map(id => facts[id]).find(fact => !fact.known);
  if (missing !== undefined && !missing.known) return missing;
  const values = ids.flatMap(id => {
    const fact = facts[id];
    return fact.known ? [[id, fact.value]] : [];
  });
  return known(Object.fromEntries(values));
};

const inForce = (
  facts: Facts,
  desired: DesiredNode,
): Omit<RuntimeAnswer, 'name' | 'version' | 'endpoint' | 'sandbox'> => {
  const read = factsOf(facts, desired);
  const view = runtimeOf(desired);
  const drivers = read.known ? view.driversInForce(read.value) : read;
  const image = read.known ? view.sandboxImageInForce(read.value) : read;
  return {
    cgroupDriver: (drivers.known ? drivers.value.value[0]?.driver : undefined) ?? 'unknown',
    cgroupDriverFrom: drivers.known ? word(drivers.value.from) : 'config',
    sandboxImage: image.known ? image.value.value : 'unknown',
  };
};

/** How the runtime answered, as the result tells it (design 3.12). What nobody could tell is `unknown`, never a guess. */
export const criToRuntime = (
  answer: Extract<CriAnswer, { answered: true }>,
  socketPath: string,
  facts: Facts,
  desired: DesiredNode,
): RuntimeAnswer => {
  const told = answer.cgroupDriver;
  return {
    name: answer.runtimeName,
    version: answer.runtimeVersion,
    endpoint: `unix://${socketPath}`,
    ...inForce(facts, desired),
    ...(told === null ? {} : { cgroupDriver: told, cgroupDriverFrom: 'RuntimeConfig' }),
    sandbox: desired.verify.sandbox === 'off' ? 'off' : 'skipped',
  };
};
