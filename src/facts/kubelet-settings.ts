import { known, type Observed } from '../core/observed.ts';
import { isAtLeast } from '../core/versions.ts';
import type { Kubelet } from './kubelet.ts';
import { type ConfigLayer, configLayers, configValue, isMap, placeInFile } from './kubelet-config.ts';
import { flagOf, type KubeletFlag } from './kubelet-flags.ts';

/** A setting and who set it. */
export interface KubeletSetting<T> {
  readonly value: T;
  readonly setBy: 'flag' | 'file' | 'default';
  /** For people: `/var/lib/kubelet/config.yaml:9`, `--cgroup-driver in /etc/default/kubelet:1`, `the kubelet's default`. */
  readonly from: string;
  /** File that wins, where one does. */
  readonly path: string | undefined;
}

export interface KubeletSettings {
  readonly cgroupDriver: KubeletSetting<string>;
  readonly containerRuntimeEndpoint: KubeletSetting<string>;
  readonly failSwapOn: KubeletSetting<boolean>;
  readonly swapBehavior: KubeletSetting<string>;
  readonly failCgroupV1: KubeletSetting<boolean>;
  readonly cgroupRoot: KubeletSetting<string>;
  readonly cgroupsPerQos: KubeletSetting<boolean>;
  /** Gates of files and flags together. */
  readonly featureGates: Readonly<Record<string, boolean>>;
}

interface Source {
  readonly flags: readonly KubeletFlag[];
  readonly layers: readonly ConfigLayer[];
}

/**
 * What these flags and the files that they name come to: flags beat files, later files earlier ones (kubelet, cmd/kubelet/app/server.go:
 * the config file, then the drop-ins merged over it as JSON, then the flags parsed again on top).
 */
export const kubeletSettings = (
  kubelet: Kubelet,
  flags: readonly KubeletFlag[],
  version: string,
): Observed<KubeletSettings> => {
  const layers = configLayers(kubelet, flags);
  if (!layers.known) return layers;
  const source: Source = { flags, layers: layers.value };
  return known({
    cgroupDriver: text(source, ['cgroupDriver'], 'cgroup-driver', 'cgroupfs'),
    containerRuntimeEndpoint: text(
      source,
      ['containerRuntimeEndpoint'],
      'container-runtime-endpoint',
      'unix:///run/containerd/containerd.sock',
    ),
    failSwapOn: flag(source, ['failSwapOn'], 'fail-swap-on', true),
    swapBehavior: text(source, ['memorySwap', 'swapBehavior'], undefined, ''),
    // Off when it came with 1.31, on since 1.35 (KEP-5573).
    failCgroupV1: flag(source, ['failCgroupV1'], 'fail-cgroupv1', isAtLeast(version, '1.35')),
    cgroupRoot: text(source, ['cgroupRoot'], 'cgroup-root', '/'),
    cgroupsPerQos: flag(source, ['cgroupsPerQOS'], 'cgroups-per-qos', true),
    featureGates: featureGates(source),
  });
};

const text = (
  source: Source,
  path: readonly string[],
  flagName: string | undefined,
  fallback: string,
): KubeletSetting<string> =>
  setting(source, path, flagName, fallback, value => (typeof value === 'string' && value !== '' ? value : undefined));

const flag = (source: Source, path: readonly string[], flagName: string, fallback: boolean): KubeletSetting<boolean> =>
  setting(source, path, flagName, fallback, readBoolean);

/** The kubelet reads YAML 1.1, where yes and on are booleans; flags are read by strconv.ParseBool. */
const readBoolean = (value: unknown): boolean | undefined => {
  const word = String(value).toLowerCase();
  if (['true', 'yes', 'on', 'y', 't', '1'].includes(word)) return true;
  return ['false', 'no', 'off', 'n', 'f', '0'].includes(word) ? false : undefined;
};

const setting = <T>(
  { flags, layers }: Source,
  path: readonly string[],
  flagName: string | undefined,
  fallback: T,
  read: (value: unknown) => T | undefined,
): KubeletSetting<T> => {
  const given = flagName === undefined ? undefined : flagOf(flags, flagName);
  const ofFlag = given === undefined ? undefined : read(given.value);
  if (given !== undefined && ofFlag !== undefined) {
    const where = given.place === '' ? 'of the running process' : `in ${given.place}`;
    return { value: ofFlag, setBy: 'flag', from: `--${given.name} ${where}`, path: given.place.replace(/:\d+$/, '') };
  }
  const layer = layers.findLast(({ value }) => configValue(value, path) !== undefined);
  const ofFile = layer === undefined ? undefined : read(configValue(layer.value, path));
  if (layer === undefined || ofFile === undefined)
    return { value: fallback, setBy: 'default', from: "the kubelet's default", path: undefined };
  return { value: ofFile, setBy: 'file', from: placeInFile(layer.file, path), path: layer.file.path };
};

const featureGates = ({ flags, layers }: Source): Readonly<Record<string, boolean>> => {
  const ofFiles = layers.flatMap(({ value }) => {
    const gates = configValue(value, ['featureGates']);
    return isMap(gates) ? Object.entries(gates) : [];
  });
  const ofFlags = flags
    .filter(({ name }) => name === 'feature-gates')
    .flatMap(({ value }) => value.split(',').map(pair => pair.split('=')));
  return Object.fromEntries(
    [...ofFiles, ...ofFlags].flatMap(([name, value]) => {
      const isOn = readBoolean(value);
      return typeof name !== 'string' || isOn === undefined ? [] : [[name.trim(), isOn] as const];
    }),
  );
};
