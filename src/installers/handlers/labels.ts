import type { DesiredRuntime, HandlerName } from '../../core/desired.ts';

const defaultHandlerStart = 'default handler = ';

/** Names of settings in plans; an agreed plan binds later rounds to them, so the first round and the next must use the same. */
export const handlerLabels = {
  handler: (name: HandlerName): string => `handler ${name}`,
  defaultHandlerStart,
  defaultHandler: (name: HandlerName): string => `${defaultHandlerStart}${name}`,
  package: (name: string): string => `${name}, version resolved at apply`,
  runscDriver: ({ cgroupDriver }: DesiredRuntime): string => `systemd-cgroup = ${cgroupDriver === 'systemd'}`,
  kataDriver: 'sandbox_cgroup_only = true',
} as const;
