import type { RuntimeHandler } from './containerd-config.ts';
import type { HandlerName } from './desired.ts';

/** Whether containerd has this handler; a crun for which it would run runc is none. */
export const hasHandler = (told: readonly RuntimeHandler[], name: HandlerName): boolean => {
  const found = told.find(handler => handler.name === name);
  if (found === undefined) return false;
  return name !== 'crun' || found.binary?.includes('crun') === true;
};
