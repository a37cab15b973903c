import type { DesiredRuntime } from '../../core/desired.ts';
import { type TomlTable, tableAt, valueAt } from '../../toml/parse.ts';
import type { HandlerTable } from '../handlers/handler.ts';
import { handlerLabels } from '../handlers/labels.ts';
import type { WantedSetting } from './wanted-settings.ts';

export const handlersPath = ['crio', 'runtime', 'runtimes'];
const defaultPath = ['crio', 'runtime', 'default_runtime'];

/**
 * Handlers that no file names, each as a whole: the table of a later file takes the place of the whole former one, so one that is named
 * stays as it is. The default is said outright: it was runc before 1.31 and is crun since.
 */
export const handlerSettings = (
  merged: TomlTable,
  tables: readonly HandlerTable[],
  desired: DesiredRuntime,
): readonly WantedSetting[] => {
  const { defaultHandler } = desired;
  const isDefault = defaultHandler === undefined || valueAt(merged, defaultPath) === defaultHandler;
  return [
    ...tables.flatMap(table => tableSettings(merged, table, desired)),
    ...(isDefault
      ? []
      : [
          {
            path: defaultPath,
            value: defaultHandler,
            label: handlerLabels.defaultHandler(defaultHandler),
            row: 'cri-o-default-handler' as const,
          },
        ]),
  ];
};

const tableSettings = (
  merged: TomlTable,
  { name, keys }: HandlerTable,
  desired: DesiredRuntime,
): readonly WantedSetting[] => {
  const path = [...handlersPath, name];
  if (tableAt(merged, path) !== undefined) return [];
  const common = { label: handlerLabels.handler(name), row: handlerRow(desired) } as const;
  const isMachine = keys.some(key => key.path.join('.') === 'runtime_type' && key.value === 'vm');
  const monitor = isMachine ? undefined : monitorOf(merged);
  return [
    ...keys.map(key => ({ path: [...path, ...key.path], value: key.value, ...common })),
    ...(monitor === undefined ? [] : [{ path: [...path, 'monitor_path'], value: monitor, ...common }]),
  ];
};

/** conmon of the other handlers: upstream's package has it where CRI-O does not look by itself. Its cgroup follows from the cgroup driver. */
const monitorOf = (merged: TomlTable): string | undefined =>
  Object.values(tableAt(merged, handlersPath) ?? {})
    .map(table => valueAt(table, ['monitor_path']))
    .find(path => typeof path === 'string' && path !== '' && !path.endsWith('conmonrs'))
    ?.toString();

export const handlerRow = ({
  cgroupDriver,
}: Pick<DesiredRuntime, 'cgroupDriver'>): 'cri-o-handlers' | 'cri-o-handlers-cgroupfs' =>
  cgroupDriver === 'cgroupfs' ? 'cri-o-handlers-cgroupfs' : 'cri-o-handlers';
