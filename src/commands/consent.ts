import { disruptions, type HostResult } from '../core/result.ts';
import { confirm } from './ask.ts';
import type { CommandContext } from './context.ts';

/** The question before anything is changed, with what is at stake. */
export const askConsent = (verb: string, results: readonly HostResult[], context: CommandContext): Promise<boolean> => {
  const hosts = results.filter(({ state, changes }) => state === 'ok' && changes.length > 0);
  const changes = hosts.flatMap(host => host.changes);
  const worst = Math.max(0, ...changes.map(({ disruption }) => disruptions.indexOf(disruption)));
  const stake = worst === 0 ? 'nothing is disturbed' : `the worst is a ${disruptions[worst]}`;
  return confirm(`${verb} ${changes.length} changes on ${hosts.length} hosts (${stake})?`, context);
};
