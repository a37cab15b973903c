import toml from '@iarna/toml';
import { at, isTable, text } from './tree.ts';

/** What a running CRI-O holds in memory, of `crio status config`. */
export interface CrioInForce {
  readonly cgroupManager: string | undefined;
  readonly pauseImage: string | undefined;
  readonly pluginDirs: readonly string[];
  readonly defaultHandler: string | undefined;
  readonly handlers: readonly string[];
  readonly selinux?: boolean;
}

/** undefined: text that is no configuration of CRI-O. */
export const readCrioStatus = (printed: string): CrioInForce | undefined => {
  const root = parsed(printed);
  if (typeof at(root, ['crio', 'runtime', 'cgroup_manager']) !== 'string') return undefined;
  const directories = at(root, ['crio', 'network', 'plugin_dirs']);
  const handlers = at(root, ['crio', 'runtime', 'runtimes']);
  const selinux = at(root, ['crio', 'runtime', 'selinux']);
  return {
    cgroupManager: text(at(root, ['crio', 'runtime', 'cgroup_manager'])),
    pauseImage: text(at(root, ['crio', 'image', 'pause_image'])),
    pluginDirs: Array.isArray(directories) ? directories.filter(entry => typeof entry === 'string') : [],
    defaultHandler: text(at(root, ['crio', 'runtime', 'default_runtime'])),
    handlers: typeof handlers === 'object' && handlers !== null ? Object.keys(handlers) : [],
    ...(typeof selinux === 'boolean' ? { selinux } : {}),
  };
};

/** A file of CRI-O's configuration. */
export interface CrioFile {
  readonly path: string;
  readonly text: string;
  readonly value: unknown;
}

/** Those that can be read; of the others `crio config` tells. */
export const crioFiles = (
  files: readonly { readonly path: string; readonly text: string | undefined }[],
): readonly CrioFile[] =>
  files.flatMap(({ path, text: content }) => {
    const value = content === undefined ? undefined : parsed(content);
    return content === undefined || value === undefined ? [] : [{ path, text: content, value }];
  });

/** crio.runtime.runtimes.NAME */
const handlerDepth = 3;

/**
 * Files in the order in which CRI-O reads them. Later ones win key by key, except that the table of a handler takes the place of the
 * whole former one. Tried on 1.36.1 (`crio config`).
 */
export const mergedCrioFiles = (files: readonly Pick<CrioFile, 'value'>[]): Readonly<Record<string, unknown>> =>
  files.map(({ value }) => (isTable(value) ? value : {})).reduce((merged, value) => mergeTables(merged, value, 0), {});

const mergeTables = (
  below: Readonly<Record<string, unknown>>,
  above: Readonly<Record<string, unknown>>,
  depth: number,
): Readonly<Record<string, unknown>> => {
  const merged = new Map<string, unknown>(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const current = merged.get(key);
    const goesDeeper = isTable(current) && isTable(value) && depth < handlerDepth;
    merged.set(key, goesDeeper ? mergeTables(current, value, depth + 1) : value);
  }
  return Object.fromEntries(merged);
};

/** A command that answers something else has failed. */
const parsed = (printed: string): unknown => {
  try {
    return toml.parse(printed);
  } catch {
    return undefined;
  }
};
