import { eachSaysMonitor, monitorKey, monitorMisfits } from '../../core/crio-monitor.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import { withoutEndingSlashes } from '../../core/ending-slashes.ts';
import type { Literal } from '../../toml/literal.ts';
import { type TomlTable, valueAt } from '../../toml/parse.ts';
import type { DisruptionId } from '../disruption.ts';
import type { HandlerTable } from '../handlers/handler.ts';
import { handlerRow, handlerSettings, handlersPath } from './handlers.ts';
import { labels } from './labels.ts';

/** One value that the configuration must hold and does not. */
export interface WantedSetting {
  readonly path: readonly string[];
  readonly value: Literal;
  readonly label: string;
  readonly row: Extract<DisruptionId, `cri-o-${string}`>;
}

/** Of CRI-O; undefined: not told. */
type Version = string | undefined;

const managerPath = ['crio', 'runtime', 'cgroup_manager'];
const conmonPath = ['crio', 'runtime', 'conmon_cgroup'];
const pausePath = ['crio', 'image', 'pause_image'];
const selinuxPath = ['crio', 'runtime', 'selinux'];
const pluginPath = ['crio', 'network', 'plugin_dirs'];

/** Of every version since 1.24, unless a file says otherwise; to say them outright would take a restart, and a drain, for nothing. */
const defaultManager = 'systemd';
const defaultPluginDirs = ['/opt/cni/bin'];

/** What is missing in the merged configuration for what is desired. The sandbox image is said outright: its default differs from version to version. */
export const wantedSettings = (
  merged: TomlTable,
  desired: DesiredRuntime,
  tables: readonly HandlerTable[],
  version: Version,
): readonly WantedSetting[] => [
  ...driverSetting(merged, desired),
  ...monitorSettings(merged, desired, version),
  ...missing(merged, {
    path: pausePath,
    value: desired.sandboxImage,
    label: labels.sandbox(desired),
    row: 'cri-o-pause-image',
  }),
  ...pluginSetting(merged, desired),
  ...selinuxSetting(merged, desired),
  ...handlerSettings(merged, tables, desired),
];

const driverSetting = (merged: TomlTable, desired: DesiredRuntime): readonly WantedSetting[] => {
  const found = valueAt(merged, managerPath) ?? defaultManager;
  if (found === desired.cgroupDriver) return [];
  const setting = { path: managerPath, value: desired.cgroupDriver, label: labels.driver(desired) };
  return [{ ...setting, row: 'cri-o-cgroup-driver' }];
};

const missing = (merged: TomlTable, setting: WantedSetting): readonly WantedSetting[] =>
  valueAt(merged, setting.path) === setting.value ? [] : [setting];

/**
 * CRI-O does not start where the cgroup of conmon does not fit the driver: `pod` with cgroupfs, `pod` or a slice with systemd.
 * `conmon_cgroup` speaks for all handlers. Where each says its own `monitor_cgroup`, those that do not fit are set instead.
 */
const monitorSettings = (merged: TomlTable, desired: DesiredRuntime, version: Version): readonly WantedSetting[] => {
  const settings = { merged, driver: desired.cgroupDriver, version };
  const misfits = monitorMisfits(settings);
  const isCommon =
    misfits.some(({ handler }) => handler === undefined) ||
    (desired.cgroupDriver === 'cgroupfs' && !eachSaysMonitor(settings));
  if (isCommon) {
    return missing(merged, { path: conmonPath, value: 'pod', label: labels.conmon('pod'), row: 'cri-o-cgroup-driver' });
  }
  return misfits.flatMap(({ handler }) => (handler === undefined ? [] : [monitorSetting(handler, desired)]));
};

export const monitorSetting = (handler: string, desired: DesiredRuntime): WantedSetting => ({
  path: [...handlersPath, handler, monitorKey],
  value: 'pod',
  label: labels.monitor(handler, 'pod'),
  row: handlerRow(desired),
});

const pluginSetting = (merged: TomlTable, { cniBinDir, cgroupDriver }: DesiredRuntime): readonly WantedSetting[] => {
  if (cniBinDir === undefined) return [];
  const found = valueAt(merged, pluginPath);
  const directories = Array.isArray(found) ? found.map(String) : defaultPluginDirs;
  if (hasDirectory(directories, cniBinDir)) return [];
  return [{ path: pluginPath, value: [cniBinDir], label: labels.cni(cniBinDir), row: restartRow(cgroupDriver) }];
};

/** Unless a file says otherwise it is on wherever the host has SELinux: https://github.com/cri-o/cri-o/discussions/6511 */
const selinuxSetting = (merged: TomlTable, { selinux }: DesiredRuntime): readonly WantedSetting[] =>
  selinux === undefined || (valueAt(merged, selinuxPath) ?? true) === selinux
    ? []
    : [{ path: selinuxPath, value: selinux, label: labels.selinux(selinux), row: 'cri-o-selinux' }];

export const restartRow = (driver: DesiredRuntime['cgroupDriver']): 'cri-o-settings' | 'cri-o-settings-cgroupfs' =>
  driver === 'cgroupfs' ? 'cri-o-settings-cgroupfs' : 'cri-o-settings';

/** With or without a slash at the end. */
export const hasDirectory = (directories: readonly string[], wanted: string): boolean =>
  directories.some(directory => withoutEndingSlashes(directory) === withoutEndingSlashes(wanted));
