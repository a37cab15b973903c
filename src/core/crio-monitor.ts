import { at, isTable, text } from './tree.ts';
import { isAtLeast } from './versions.ts';

/** A setting of where conmon runs that keeps CRI-O from starting with its cgroup driver. */
export interface MonitorMisfit {
  /** undefined: `conmon_cgroup`, which wins over those of all handlers wherever it is not empty. */
  readonly handler: string | undefined;
  readonly found: string;
}

export interface MonitorSettings {
  /** Of the merged files of CRI-O. */
  readonly merged: unknown;
  readonly driver: 'systemd' | 'cgroupfs';
  /** Of CRI-O; undefined: not told. */
  readonly version: string | undefined;
}

export const monitorKey = 'monitor_cgroup';
const runtime = ['crio', 'runtime'];

/**
 * What CRI-O refuses at its start, for any handler; `crio config` does not look at it. Source: TranslateMonitorFields in CRI-O's
 * pkg/config/config.go, read in each minor version from 1.24, the first with monitor_cgroup, to 1.36.
 */
export const monitorMisfits = (settings: MonitorSettings): readonly MonitorMisfit[] => {
  const common = conmonCgroup(settings.merged);
  if (common !== undefined) return fits(common, settings) ? [] : [{ handler: undefined, found: common }];
  return conmonHandlers(settings.merged)
    .map(([handler, table]) => ({ handler, found: text(table[monitorKey]) ?? '' }))
    .filter(({ found }) => !fits(found, settings));
};

/** Each handler says where its conmon runs, the one that CRI-O has without any file too: then nothing need speak for all. */
export const eachSaysMonitor = ({ merged, version }: MonitorSettings): boolean => {
  const handlers = conmonHandlers(merged);
  // By itself CRI-O has crun since 1.31, runc before, and before 1.33 with a monitor_cgroup that cgroupfs does not start with.
  const own = version === undefined || isAtLeast(version, '1.31') ? 'crun' : 'runc';
  return (
    conmonCgroup(merged) === undefined &&
    handlers.some(([name]) => name === own) &&
    handlers.every(([, table]) => text(table[monitorKey]) !== undefined)
  );
};

const conmonCgroup = (merged: unknown): string | undefined => text(at(merged, [...runtime, 'conmon_cgroup']));

/** Of virtual machines and pods nobody reads it. */
const conmonHandlers = (merged: unknown): readonly (readonly [string, Readonly<Record<string, unknown>>])[] => {
  const tables = at(merged, [...runtime, 'runtimes']);
  return Object.entries(isTable(tables) ? tables : {}).flatMap(([name, table]) =>
    isTable(table) && ['oci', ''].includes(text(table.runtime_type) ?? '') ? [[name, table] as const] : [],
  );
};

/** Empty: the default of the driver, system.slice with systemd; since 1.33 that one means empty with cgroupfs. */
const fits = (group: string, { driver, version }: MonitorSettings): boolean => {
  if (group === 'pod' || group === '') return true;
  if (driver === 'systemd') return group.endsWith('.slice');
  return group === 'system.slice' && version !== undefined && isAtLeast(version, '1.33');
};
