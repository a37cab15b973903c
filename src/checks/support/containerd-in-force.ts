import {
  type ContainerdConfig,
  type RuntimeHandler,
  readStatusConfig,
  runcHandlerType,
} from '../../core/containerd-config.ts';
import { handlerNames } from '../../core/desired.ts';
import { hasHandler } from '../../core/handlers.ts';
import { known, type Observed, unknown } from '../../core/observed.ts';
import type { Containerd } from '../../facts/containerd.ts';
import { configOnDisk, containerdSocket, filesNewerThan } from '../../facts/containerd-in-force.ts';
import type { CriAnswer, CriAnswers } from '../../facts/cri.ts';
import type { Service, Services } from '../../facts/services.ts';
import type { HandlerDriver, HandlersInForce, InForce } from '../runtimes/runtime-view.ts';

/**
 * In force is the running daemon's answer (design 3.4): CRI Status and RuntimeConfig; for what neither shows, the merged dump,
 * believed only if no file of it is newer than the daemon.
 */
export interface ContainerdFacts {
  readonly containerd: Containerd;
  readonly cri: CriAnswers;
  readonly services: Services;
}

export const containerdUnitName = 'containerd.service';

export const containerdUnit = (services: Services): Service | undefined => services[containerdUnitName];

/** Without any of these containerd serves no CRI; the last name is how files without a version call it. */
const criPlugins = ['io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.runtime', 'io.containerd.cri.v1.images', 'cri'];

export const disabledCriPlugins = (containerd: Containerd): readonly string[] => {
  const config = configOnDisk(containerd);
  return config.known ? config.value.disabledPlugins.filter(id => criPlugins.includes(id)) : [];
};

export const isRunning = (services: Services): boolean => containerdUnit(services)?.activeState === 'active';

export const filesNewerThanDaemon = (containerd: Containerd, services: Services): readonly string[] =>
  filesNewerThan(containerdUnit(services)?.startedAtSeconds ?? null, containerd);

/** Cgroup driver of every handler that runs runc or something of its kind, the default one first. */
export const driversInForce = (facts: ContainerdFacts): Observed<InForce<readonly HandlerDriver[]>> => {
  const answer = facts.cri[containerdSocket];
  if (answer?.answered) {
    const status = readStatusConfig(answer.config);
    const drivers = driversOf(status.handlers, status.defaultHandler);
    const told = answer.cgroupDriver;
    if (drivers.length > 0)
      return known({ value: withAnswer(drivers, told), from: told ? 'CRI RuntimeConfig' : 'CRI Status' });
  }
  const config = loadedConfig(facts, answer);
  if (!config.known) return config;
  const { handlers, defaultHandler } = config.value;
  return known({ value: driversOf(handlers, defaultHandler), from: 'containerd config dump' });
};

export const sandboxImageInForce = (facts: ContainerdFacts): Observed<InForce<string>> => {
  const answer = facts.cri[containerdSocket];
  const told = answer?.answered ? readStatusConfig(answer.config).sandboxImage : undefined;
  if (told !== undefined) return known({ value: told, from: 'CRI Status' });
  const config = loadedConfig(facts, answer);
  if (!config.known) return config;
  const image = config.value.sandboxImage;
  return image === undefined
    ? unknown('containerd config dump names no sandbox image')
    : known({ value: image, from: 'containerd config dump' });
};

/** Of those that nodeprep knows. */
export const handlersInForce = (facts: ContainerdFacts): Observed<InForce<HandlersInForce>> => {
  const answer = facts.cri[containerdSocket];
  const status = answer?.answered ? readStatusConfig(answer.config) : undefined;
  if (status !== undefined && status.handlers.length > 0) return known({ value: namesOf(status), from: 'CRI Status' });
  const config = loadedConfig(facts, answer);
  return config.known ? known({ value: namesOf(config.value), from: 'containerd config dump' }) : config;
};

export const labelsInForce = (facts: ContainerdFacts): Observed<InForce<boolean>> => {
  const answer = facts.cri[containerdSocket];
  const told = answer?.answered ? readStatusConfig(answer.config).selinux : undefined;
  if (told !== undefined) return known({ value: told, from: 'CRI Status' });
  const config = loadedConfig(facts, answer);
  return config.known ? known({ value: config.value.selinux ?? false, from: 'containerd config dump' }) : config;
};

const namesOf = ({
  handlers,
  defaultHandler,
}: Pick<ContainerdConfig, 'handlers' | 'defaultHandler'>): HandlersInForce => ({
  names: handlerNames.filter(name => hasHandler(handlers, name)),
  defaultHandler: defaultHandler === '' ? undefined : defaultHandler,
});

/** RuntimeConfig speaks for the default handler, or the first of its kind where the default is of another type. */
const withAnswer = (
  [first, ...rest]: readonly HandlerDriver[],
  told: 'systemd' | 'cgroupfs' | null,
): readonly HandlerDriver[] => {
  if (first === undefined) return [];
  return [told === null ? first : { ...first, driver: told }, ...rest];
};

const driversOf = (handlers: readonly RuntimeHandler[], defaultHandler: string): readonly HandlerDriver[] =>
  handlers
    .filter(({ type }) => type === runcHandlerType)
    .toSorted((left, right) => rank(left.name, defaultHandler) - rank(right.name, defaultHandler))
    .map(({ name, systemdCgroup }) => ({ name, driver: systemdCgroup ? 'systemd' : 'cgroupfs' }));

const rank = (name: string, defaultHandler: string): number => (name === defaultHandler ? 0 : 1);

/** The dump, if the daemon must have read the same files. */
const loadedConfig = (
  { containerd, services }: ContainerdFacts,
  answer: CriAnswer | undefined,
): Observed<ContainerdConfig> => {
  const newer = filesNewerThanDaemon(containerd, services);
  if (newer.length === 0) return configOnDisk(containerd);
  const silence = answer === undefined || answer.answered ? '' : `; CRI: ${answer.reason}`;
  return unknown(
    `${newer.join(', ')} is newer than the running containerd, so the dump does not tell what is in force${silence}`,
  );
};
