import type { HostRunEvent } from '../../src/apply/host-run.ts';
import { recoverHost } from '../../src/apply/recover.ts';
import { type HostRun, type RunHostOptions, runHost } from '../../src/apply/run-host.ts';
import type { Change } from '../../src/changes/change.ts';
import type { HostRoot } from './host-root.ts';

export const RUN_ID = '20261121-020000-aaaa';
export const settle = 'nodeprep recover inventory.yaml --limit w1';

/** A run on a host root as `apply` would drive it, with every decision open to the test. */
export const drive = (
  host: HostRoot,
  changes: readonly Change[],
  options: Partial<RunHostOptions> = {},
): Promise<HostRun> => {
  const connection = host.connect();
  return runHost({
    open: async () => connection,
    programs: host.programs,
    identity: { runId: RUN_ID, holder: 'ops@test' },
    settle,
    firstRound: changes,
    replan: async () => changes,
    afterRound: async () => ({ kind: 'verify' }),
    verify: async () => ({ ok: true }),
    onEvent: () => undefined,
    signal: new AbortController().signal,
    ...options,
  });
};

export const recover = (
  host: HostRoot,
  onEvent: (event: HostRunEvent) => void = () => undefined,
  holder = 'ops@later',
) => {
  const connection = host.connect();
  return recoverHost({
    open: async () => connection,
    programs: host.programs,
    identity: { runId: '20261121-030000-zzzz', holder },
    settle,
    onEvent,
    signal: new AbortController().signal,
  });
};
