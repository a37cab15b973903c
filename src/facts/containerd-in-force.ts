import { type ContainerdConfig, readContainerdConfig } from '../core/containerd-config.ts';
import { known, type Observed, unknown } from '../core/observed.ts';
import type { Containerd } from './containerd.ts';

/**
 * What tells a running containerd from its files (design 3.4). Checks judge by it and installers plan by it, so that the two
 * never disagree.
 */
export const containerdSocket = '/run/containerd/containerd.sock';

/** Files of the configuration that were written after the daemon started; systemd tells its start in whole seconds. */
export const filesNewerThan = (startedAtSeconds: number | null, containerd: Containerd): readonly string[] =>
  [containerd.config, ...containerd.imports]
    .filter(file => file.type !== 'absent' && Math.floor(file.mtimeSeconds) > (startedAtSeconds ?? 0))
    .map(file => file.path);

const configs = new WeakMap<Containerd, Observed<ContainerdConfig>>();

/** The merged configuration on disk. Many ask, one parses. */
export const configOnDisk = (containerd: Containerd): Observed<ContainerdConfig> => {
  const found = configs.get(containerd) ?? parseDump(containerd);
  configs.set(containerd, found);
  return found;
};

const parseDump = ({ dump }: Containerd): Observed<ContainerdConfig> => {
  if (dump === undefined) return unknown('its configuration cannot be read; see containerd-config');
  try {
    return known(readContainerdConfig(dump));
  } catch {
    return unknown('containerd config dump printed something that is not TOML');
  }
};
