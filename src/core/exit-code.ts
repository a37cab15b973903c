import type { ErrorCode } from './errors.ts';
import type { Finding, HostResult, Run } from './result.ts';

export const exitCodes = {
  fine: 0,
  errorFindings: 1,
  usage: 2,
  hostFailed: 3,
  changesPending: 4,
  refused: 5,
  bug: 70,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What of a run decides its exit code. The flags are for what happened outside any host. */
export interface ExitPieces extends Pick<Run, 'command' | 'startedAt' | 'hosts' | 'fleet'> {
  readonly interrupted?: boolean;
  readonly bug?: boolean;
  readonly usage?: boolean;
  /** The operator answered no. */
  readonly declined?: boolean;
}

export interface ExitOptions {
  /** What could not be judged counts like a failure. */
  readonly strict?: boolean;
  /** `plan --detailed-exitcode` */
  readonly detailedExitcode?: boolean;
}

/** Of mixed results the first of this list wins (design 3.13). */
const precedence: readonly ExitCode[] = [130, 70, 2, 3, 5, 1, 4, 0];

/** `plan`, `rollback`, `recover` and `reset` are about changes, not about how healthy the host is. */
const judgesFindings = (command: Run['command']): boolean => command === 'check' || command === 'apply';

/** A waiver counts until the end of its day, UTC. */
export const isWaived = (finding: Finding, at: string): boolean =>
  finding.waiver !== undefined && at.slice(0, 10) <= finding.waiver.expires.slice(0, 10);

export const countsAsError = (finding: Finding, at: string, strict: boolean): boolean =>
  finding.severity === 'error' &&
  (finding.status === 'fail' || (strict && finding.status === 'unknown')) &&
  !isWaived(finding, at);

const ofHost = (host: HostResult): ExitCode => {
  if (host.state === 'unreachable' || host.state === 'failed') return exitCodes.hostFailed;
  if (host.outcome === 'reverted' || host.outcome === 'partial') return exitCodes.hostFailed;
  return host.state === 'refused' ? exitCodes.refused : exitCodes.fine;
};

export const exitCodeOf = (pieces: ExitPieces, options: ExitOptions = {}): ExitCode => {
  const findings = [...pieces.fleet, ...pieces.hosts.flatMap(host => host.findings)];
  const isError = (finding: Finding) => countsAsError(finding, pieces.startedAt, options.strict ?? false);
  const isPending = pieces.command === 'plan' && pieces.hosts.some(host => host.changes.length > 0);
  const seen = new Set<ExitCode>(pieces.hosts.map(ofHost));
  if (pieces.interrupted) seen.add(exitCodes.interrupted);
  if (pieces.bug) seen.add(exitCodes.bug);
  if (pieces.usage) seen.add(exitCodes.usage);
  if (pieces.declined) seen.add(exitCodes.refused);
  if (judgesFindings(pieces.command) && findings.some(isError)) seen.add(exitCodes.errorFindings);
  if (isPending && options.detailedExitcode) seen.add(exitCodes.changesPending);
  return precedence.find(candidate => seen.has(candidate)) ?? exitCodes.fine;
};

/** Codes by which a host or a run is refused: nothing was done, on purpose. */
export const refusals: ReadonlySet<ErrorCode> = new Set([
  'lock-held',
  'guard-mismatch',
  'joined-node',
  'foreign-distribution',
  'os-unsupported',
  'plan-refused',
  'migration',
  'plan-stale',
  'cluster-mismatch',
  'cluster-denied',
  'drain-infeasible',
  'rollout-stopped',
]);

/** The exit code of a command that ended with a `NodeprepError` before it had a result. */
export const exitCodeOfError = (errorCode: ErrorCode): ExitCode => {
  if (errorCode === 'interrupted') return exitCodes.interrupted;
  if (errorCode === 'usage' || errorCode === 'inventory' || errorCode === 'recording-unreadable')
    return exitCodes.usage;
  return refusals.has(errorCode) ? exitCodes.refused : exitCodes.hostFailed;
};
