import { driversInForce, sandboxImageInForce } from '../checks/support/containerd-in-force.ts';
import type { DesiredNode } from '../core/desired.ts';
import type { Observed } from '../core/observed.ts';
import type { RuntimeAnswer } from '../core/result.ts';
import type { CriAnswer } from '../facts/cri.ts';
import type { ObservedFacts } from '../facts/index.ts';

type Facts = Pick<ObservedFacts, 'containerd' | 'cri' | 'services'>;

const sources = {
  'CRI RuntimeConfig': 'RuntimeConfig',
  'CRI Status': 'Status',
  'containerd config dump': 'config',
} as const;

const inForce = <T>(
  { containerd, cri, services }: Facts,
  ask: (facts: Parameters<typeof driversInForce>[0]) => Observed<T>,
): Observed<T> => {
  if (!containerd.known) return containerd;
  if (!cri.known) return cri;
  if (!services.known) return services;
  return ask({ containerd: containerd.value, cri: cri.value, services: services.value });
};

const driverOf = (facts: Facts): Pick<RuntimeAnswer, 'cgroupDriver' | 'cgroupDriverFrom'> => {
  const drivers = inForce(facts, driversInForce);
  const first = drivers.known ? drivers.value.value[0] : undefined;
  return {
    cgroupDriver: first?.driver ?? 'unknown',
    cgroupDriverFrom: drivers.known ? sources[drivers.value.from] : 'config',
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
  const image = inForce(facts, sandboxImageInForce);
  return {
    name: answer.runtimeName,
    version: answer.runtimeVersion,
    endpoint: `unix://${socketPath}`,
    ...(told === null ? driverOf(facts) : { cgroupDriver: told, cgroupDriverFrom: 'RuntimeConfig' }),
    sandboxImage: image.known ? image.value.value : 'unknown',
    sandbox: desired.verify.sandbox === 'off' ? 'off' : 'skipped',
  };
};
