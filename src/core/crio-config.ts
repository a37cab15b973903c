import toml from '@iarna/toml';

/** What a running CRI-O holds in memory, of `crio status config`. */
export interface CrioInForce {
  readonly cgroupManager: string | undefined;
  readonly pauseImage: string | undefined;
  readonly pluginDirs: readonly string[];
}

/** undefined: text that is no configuration of CRI-O. */
export const readCrioStatus = (text: string): CrioInForce | undefined => {
  const root = parsed(text);
  if (typeof at(root, ['crio', 'runtime', 'cgroup_manager']) !== 'string') return undefined;
  const directories = at(root, ['crio', 'network', 'plugin_dirs']);
  return {
    cgroupManager: word(at(root, ['crio', 'runtime', 'cgroup_manager'])),
    pauseImage: word(at(root, ['crio', 'image', 'pause_image'])),
    pluginDirs: Array.isArray(directories) ? directories.filter(entry => typeof entry === 'string') : [],
  };
};

/** A command that answers something else has failed. */
const parsed = (text: string): unknown => {
  try {
    return toml.parse(text);
  } catch {
    return undefined;
  }
};

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null && Object.hasOwn(found, key)
        ? Object.entries(found).find(([own]) => own === key)?.[1]
        : undefined,
    value,
  );

const word = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
