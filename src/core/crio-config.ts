import toml from '@iarna/toml';
import { at, text } from './tree.ts';

/** What a running CRI-O holds in memory, of `crio status config`. */
export interface CrioInForce {
  readonly cgroupManager: string | undefined;
  readonly pauseImage: string | undefined;
  readonly pluginDirs: readonly string[];
  readonly defaultHandler: string | undefined;
  readonly handlers: readonly string[];
}

/** undefined: text that is no configuration of CRI-O. */
export const readCrioStatus = (printed: string): CrioInForce | undefined => {
  const root = parsed(printed);
  if (typeof at(root, ['crio', 'runtime', 'cgroup_manager']) !== 'string') return undefined;
  const directories = at(root, ['crio', 'network', 'plugin_dirs']);
  const handlers = at(root, ['crio', 'runtime', 'runtimes']);
  return {
    cgroupManager: text(at(root, ['crio', 'runtime', 'cgroup_manager'])),
    pauseImage: text(at(root, ['crio', 'image', 'pause_image'])),
    pluginDirs: Array.isArray(directories) ? directories.filter(entry => typeof entry === 'string') : [],
    defaultHandler: text(at(root, ['crio', 'runtime', 'default_runtime'])),
    handlers: typeof handlers === 'object' && handlers !== null ? Object.keys(handlers) : [],
  };
};

/** A command that answers something else has failed. */
const parsed = (printed: string): unknown => {
  try {
    return toml.parse(printed);
  } catch {
    return undefined;
  }
};
