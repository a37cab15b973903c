import { defaultRegistryRoot, type RegistryFiles } from '../../../facts/registry-files.ts';

/** `config_path` is a list like PATH; nothing where it is not set. */
export const registryRoots = (configPath: string): readonly string[] => {
  const roots = configPath.split(':').flatMap(root => root.replace(/\/+$/, '') || []);
  return roots.length > 0 ? roots : [defaultRegistryRoot];
};

/**
 * The directory that containerd reads for a registry, or the one to make. A port is looked for as `host_port_` first, then
 * `host:port`, then `_default`, in one root after the other. Facts: containerd's docs/hosts.md.
 */
export const registryDirectory = (name: string, roots: readonly string[], { directories }: RegistryFiles): string => {
  const names = directoryNames(name);
  for (const root of roots) {
    const found = names.find(own => directories.includes(`${root}/${own}`));
    if (found !== undefined) return `${root}/${found}`;
    // It hides what later roots have.
    if (directories.includes(`${root}/_default`)) break;
  }
  return `${roots[0] ?? defaultRegistryRoot}/${names.at(-1) ?? name}`;
};

const directoryNames = (name: string): readonly string[] => {
  if (name === '*') return ['_default'];
  const port = /^(.*):(\d+)$/.exec(name);
  return port === null ? [name] : [`${port[1]}_${port[2]}_`, name];
};
