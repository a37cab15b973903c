import { jsYaml } from '../core/lazy-yaml.ts';
import { known, type Observed, unknown } from '../core/observed.ts';
import type { HostFile } from './fact.ts';
import { type Kubelet, kubeadmPatchesDirectory } from './kubelet.ts';
import { kubeletFile } from './kubelet-command.ts';
import { flagOf, type KubeletFlag } from './kubelet-flags.ts';

export interface ConfigMap {
  readonly [key: string]: unknown;
}

/** One file of the kubelet's configuration; of several the later wins, key by key, lists as a whole. */
export interface ConfigLayer {
  readonly file: HostFile;
  readonly value: ConfigMap;
}

/** Where --config and --config-dir of these flags point. */
export const configPaths = (flags: readonly KubeletFlag[]) => ({
  config: flagOf(flags, 'config')?.value,
  directory: flagOf(flags, 'config-dir')?.value.replace(/\/+$/, ''),
});

/** The file of --config, then the drop-ins of --config-dir as filepath.WalkDir finds them: directories in their place among the files. */
export const configFiles = (kubelet: Kubelet, flags: readonly KubeletFlag[]): readonly HostFile[] => {
  const { config, directory } = configPaths(flags);
  const main = config === undefined ? undefined : kubeletFile(kubelet, config);
  return [...(main === undefined ? [] : [main]), ...(directory === undefined ? [] : dropIns(kubelet, directory))];
};

const dropIns = ({ files }: Kubelet, directory: string): readonly HostFile[] =>
  files
    .filter(({ path }) => path.startsWith(`${directory}/`) && path.endsWith('.conf'))
    .toSorted((left, right) => compareParts(left.path.split('/'), right.path.split('/')));

const compareParts = (left: readonly string[], right: readonly string[]): number => {
  const index = left.findIndex((part, at) => part !== right[at]);
  return (left[index] ?? '') < (right[index] ?? '') ? -1 : 1;
};

export const configLayers = (kubelet: Kubelet, flags: readonly KubeletFlag[]): Observed<readonly ConfigLayer[]> => {
  const { config } = configPaths(flags);
  if (config !== undefined && kubeletFile(kubelet, config) === undefined)
    return unknown(`${config}, which --config names, does not exist`);
  const layers = configFiles(kubelet, flags).map(file => ({ file, value: parseConfig(file.text) }));
  const bad = layers.find(({ value }) => value === undefined);
  if (bad !== undefined) return unknown(`${bad.file.path} is not a mapping in YAML`);
  return known(layers.flatMap(({ file, value }) => (value === undefined ? [] : [{ file, value }])));
};

/** A key that is there twice does not keep the kubelet from reading the file: the last counts. */
export const parseConfig = (text: string | undefined): ConfigMap | undefined => {
  if (text === undefined) return undefined;
  try {
    const value: unknown = text.trim() === '' ? {} : jsYaml().load(text, { json: true });
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

export const isMap = (value: unknown): value is ConfigMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const configValue = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((found, key) => (isMap(found) && Object.hasOwn(found, key) ? found[key] : undefined), value);

/** A patch of kubeadm's sets a field of the kubelet's configuration to this, whenever kubeadm writes it. */
export const hasPatch = ({ files }: Kubelet, key: string, value: string): boolean =>
  files.some(
    ({ path, text }) =>
      path.startsWith(`${kubeadmPatchesDirectory}/`) && configValue(parseConfig(text), [key]) === value,
  );

/** `/var/lib/kubelet/config.yaml:12`; without the line where the file is written in another way than a key a line. */
export const placeInFile = ({ path, text }: HostFile, keys: readonly string[]): string => {
  const key = keys.at(-1) ?? '';
  const lines = (text ?? '').split('\n').map(line => line.replace(/^[\s"']*/, ''));
  const index = lines.findLastIndex(line => line.startsWith(key) && /^["']?\s*:/.test(line.slice(key.length)));
  return index < 0 ? path : `${path}:${index + 1}`;
};
