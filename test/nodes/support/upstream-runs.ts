import { expect } from 'vitest';
import type { LabNode } from '../../lab/index.ts';
import type { UpstreamRepository } from '../../lab/upstream/index.ts';
import { type CliRun, hostOf } from './cli.ts';
import { hostState, stateChanges } from './host-state.ts';
import { at, type Workplace } from './workplace.ts';

export interface Asked {
  readonly version?: string;
  readonly repository?: Readonly<Record<string, unknown>>;
  /** Of apply. */
  readonly flags?: readonly string[];
}

/** Runs on one host, whose containerd.io comes from a repository of the lab. `packaged` tells what the package manager keeps outside /etc. */
export const upstreamRuns = (
  place: Workplace,
  node: LabNode,
  { url, fingerprint }: Pick<UpstreamRepository, 'url' | 'fingerprint'>,
  packaged: () => Promise<string>,
) => {
  let count = 0;
  const asking = ({ version, repository = {} }: Asked = {}): string => {
    count += 1;
    const runtime = {
      source: 'upstream',
      repository: { url, fingerprint, ...repository },
      ...(version === undefined ? {} : { version }),
    };
    return place.inventory(`asks-${count}`, { host: at(node, { runtime }) });
  };
  const plan = (asked: Asked = {}): Promise<CliRun> => place.json(['plan', asking(asked), '--detailed-exitcode']);
  const apply = (asked: Asked = {}): Promise<CliRun> =>
    place.json(['apply', asking(asked), '--yes', ...(asked.flags ?? [])]);

  /** Holds the host against what it is now: to be called after what should have left no trace. */
  const remember = async (): Promise<() => Promise<void>> => {
    const before = { state: await hostState(node), packaged: await packaged() };
    return async () => {
      expect(stateChanges(before.state, await hostState(node))).toEqual([]);
      expect(await packaged()).toBe(before.packaged);
    };
  };

  return {
    asking,
    plan,
    apply,
    remember,
    /** Applied, with nothing left to plan. */
    applied: async (asked: Asked = {}) => {
      const done = await apply(asked);
      expect({ code: done.code, error: hostOf(done, 'host').error }).toEqual({ code: 0, error: undefined });
      const again = await plan(asked);
      expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });
      return hostOf(done, 'host');
    },
    rolledBack: async () => {
      const back = await place.json(['rollback', asking(), '--yes']);
      expect({ code: back.code, error: hostOf(back, 'host').error }).toEqual({ code: 0, error: undefined });
    },
    /** Refused or reverted: the host is as it was, and the message says why. */
    unchanged: async (asked: Asked = {}) => {
      const asBefore = await remember();
      const { code, run } = await apply(asked);
      await asBefore();
      const { state, outcome, error } = run.hosts[0] ?? {};
      return { code, state, outcome, message: error?.message ?? '' };
    },
  };
};

export type UpstreamRuns = ReturnType<typeof upstreamRuns>;
