import toml from '@iarna/toml';
import { at, isTable, text } from './tree.ts';

/** One runtime handler of the CRI plugin: what a RuntimeClass names. */
export interface RuntimeHandler {
  readonly name: string;
  /** `io.containerd.runc.v2` for runc, crun, nvidia …; only this type has a cgroup driver of its own. */
  readonly type: string;
  /** Absent in the text = false, in every version. */
  readonly systemdCgroup: boolean;
  /** Program that runc's shim runs, where it is not runc. */
  readonly binary?: string;
}

/** What `containerd config dump` says, the same for configuration versions 2 (containerd 1.x) and 3 or later (2.x). */
export interface ContainerdConfig {
  readonly disabledPlugins: readonly string[];
  readonly defaultHandler: string;
  readonly handlers: readonly RuntimeHandler[];
  readonly sandboxImage: string | undefined;
  readonly cniBinDirs: readonly string[];
  /** Containers get SELinux labels; undefined: not told. */
  readonly selinux?: boolean;
  readonly registry: {
    readonly configPath: string;
    /** Names of the registries that the file configures in the old way, which `config_path` forbids. */
    readonly mirrors: readonly string[];
    readonly tls: readonly string[];
  };
  /** The key `systemd_cgroup` of the CRI plugin: stops it from loading on 1.x, ignored by 2.x. */
  readonly legacySystemdCgroup: boolean;
}

export const runcHandlerType = 'io.containerd.runc.v2';

const legacyPlugin = 'io.containerd.grpc.v1.cri';

/** Throws on text that is no dump. */
export const readContainerdConfig = (dump: string): ContainerdConfig => {
  const root: unknown = toml.parse(withoutLogLines(dump));
  const plugin = (id: string): unknown => at(root, ['plugins', id]);
  const isSplit = Number(at(root, ['version'])) >= 3;
  const runtime = plugin(isSplit ? 'io.containerd.cri.v1.runtime' : legacyPlugin);
  const images = plugin(isSplit ? 'io.containerd.cri.v1.images' : legacyPlugin);
  const binDirs = texts(at(runtime, ['cni', 'bin_dirs']));
  return {
    disabledPlugins: texts(at(root, ['disabled_plugins'])),
    defaultHandler: text(at(runtime, ['containerd', 'default_runtime_name'])) ?? '',
    handlers: entries(at(runtime, ['containerd', 'runtimes'])).map(([name, handler]) => ({
      name,
      type: text(at(handler, ['runtime_type'])) ?? '',
      systemdCgroup: isSystemd(handler, { isSplit }),
      ...binaryOf(handler),
    })),
    sandboxImage: text(at(images, isSplit ? ['pinned_images', 'sandbox'] : ['sandbox_image'])),
    cniBinDirs: binDirs.length > 0 ? binDirs : texts([at(runtime, ['cni', 'bin_dir'])]),
    ...flag('selinux', at(runtime, ['enable_selinux'])),
    registry: {
      configPath: text(at(images, ['registry', 'config_path'])) ?? '',
      mirrors: entries(at(images, ['registry', 'mirrors'])).map(([name]) => name),
      tls: entries(at(images, ['registry', 'configs']))
        .filter(([, config]) => isTable(at(config, ['tls'])))
        .map(([name]) => name),
    },
    legacySystemdCgroup: !isSplit && at(runtime, ['systemd_cgroup']) === true,
  };
};

/** `info.config` of a verbose CRI Status: what the daemon holds in memory. 2.x leaves out what belongs to its image plugin. */
export interface StatusConfig {
  readonly defaultHandler: string;
  readonly handlers: readonly RuntimeHandler[];
  readonly sandboxImage: string | undefined;
  /** Directory of registries; empty = none. */
  readonly registryPath: string | undefined;
  readonly selinux?: boolean;
}

export const readStatusConfig = (config: unknown): StatusConfig => {
  const sandboxImage = text(at(config, ['sandboxImage']));
  const isSplit = sandboxImage === undefined;
  return {
    defaultHandler: text(at(config, ['containerd', 'defaultRuntimeName'])) ?? '',
    handlers: entries(at(config, ['containerd', 'runtimes'])).map(([name, handler]) => ({
      name,
      type: text(at(handler, ['runtimeType'])) ?? '',
      systemdCgroup: isSystemd(handler, { isSplit }),
      ...binaryOf(handler),
    })),
    sandboxImage,
    registryPath: anyText(at(config, ['registry', 'configPath'])),
    ...flag('selinux', at(config, ['enableSelinux'])),
  };
};

const binaryOf = (handler: unknown): Pick<RuntimeHandler, 'binary'> => {
  const binary = text(at(handler, ['options', 'BinaryName']));
  return binary === undefined ? {} : { binary };
};

/** containerd logs warnings about its configuration to the same stream. */
const withoutLogLines = (dump: string): string => dump.replaceAll(/^(time="|(WARN|INFO)\[).*$/gm, '');

/** How an option of a handler is written: shims read options whatever their case (`systemdCgroup` is what kubespray writes). */
export const optionSpellings = (options: unknown, name: string): readonly string[] =>
  entries(options)
    .map(([key]) => key)
    .filter(key => key.toLowerCase() === name.toLowerCase());

export const driverOption = 'SystemdCgroup';

/** Of several spellings 1.x takes the one of this very name, 2.x the one that sorts last; tried on 1.7.24 and 2.2.0. */
const isSystemd = (handler: unknown, { isSplit }: { readonly isSplit: boolean }): boolean => {
  const options = at(handler, ['options']);
  const spellings = optionSpellings(options, driverOption);
  const read = !isSplit && spellings.includes(driverOption) ? driverOption : spellings.toSorted().at(-1);
  return read !== undefined && at(options, [read]) === true;
};

const entries = (value: unknown): readonly (readonly [string, unknown])[] =>
  isTable(value) ? Object.entries(value) : [];

const flag = (name: 'selinux', value: unknown): { readonly selinux?: boolean } =>
  typeof value === 'boolean' ? { [name]: value } : {};

const anyText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : [];
