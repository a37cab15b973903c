import { worstDisruption } from '../core/disturbance.ts';
import { disruptions, type HostResult } from '../core/result.ts';
import { confirm } from './ask.ts';
import type { CommandContext } from './context.ts';

export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export interface Stake {
  /** `Make`, `Take back` */
  readonly verb: string;
  readonly results: readonly HostResult[];
  /** Hosts with an interrupted run, which is settled first. */
  readonly unfinished: number;
}

/** `Make 4 changes on 2 hosts (the worst is a restart)?` */
export const consentQuestion = ({ verb, results, unfinished }: Stake): string => {
  const hosts = results.filter(({ state, changes }) => state === 'ok' && changes.length > 0);
  const changes = hosts.flatMap(host => host.changes);
  const worst = Math.max(0, ...hosts.map(host => disruptions.indexOf(worstDisruption(host.changes))));
  const stake = worst === 0 ? 'nothing is disturbed' : `the worst is a ${disruptions[worst]}`;
  const work = `${verb} ${countOf(changes.length, 'change')} on ${countOf(hosts.length, 'host')} (${stake})?`;
  if (unfinished === 0) return work;
  const first = `settle interrupted runs on ${countOf(unfinished, 'host')} (unconfirmed changes are reverted)`;
  if (hosts.length === 0) return `S${first.slice(1)}?`;
  return `First ${first}, then plan those again. ${work}`;
};

/** The question before anything is changed, with what is at stake. */
export const askConsent = (stake: Stake, context: CommandContext): Promise<boolean> =>
  confirm(consentQuestion(stake), context);
