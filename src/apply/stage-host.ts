import type { Change } from '../changes/change.ts';
import { NodeprepError } from '../core/errors.ts';
import { type CompileOptions, compileRound, type RoundManifest } from './compile.ts';
import { followRun } from './follow-run.ts';
import type { Followed, HostRunEvent } from './host-run.ts';
import type { HostPrograms, RunIdentity } from './programs.ts';
import { pushArchives } from './push-archives.ts';
import { type StartOptions, startOnHost } from './start.ts';

export interface StageHostOptions extends CompileOptions, StartOptions {
  readonly programs: HostPrograms;
  readonly identity: RunIdentity;
  readonly changes: readonly Change[];
  /** Kept beside the packages: what was agreed to. */
  readonly plan: string;
  readonly onEvent: (event: HostRunEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Guards and validates the first round and fetches its packages, under the host lock, detached and followed like a run; nothing
 * is changed. An interrupted run is left alone: settling it may disturb.
 */
export const stageHost = async (
  options: StageHostOptions,
): Promise<Followed & { readonly manifests: readonly RoundManifest[] }> => {
  const round = compileRound(options.changes, 1, options);
  await pushArchives(options.changes, options);
  const started = await startOnHost(options, options.programs.stage(options.identity, round, options.plan));
  if (started.kind !== 'running') {
    throw new NodeprepError('unfinished-run', 'an earlier run was interrupted here, and staging does not settle it', {
      hint: `Settle it with: ${options.settle}`,
    });
  }
  const { runId } = options.identity;
  const resume = (seen: number) => options.programs.follow(options.identity, seen);
  const followed = await followRun({ ...options, ...started, runId, decide: undefined, resume });
  return { ...followed, manifests: [round.manifest] };
};
