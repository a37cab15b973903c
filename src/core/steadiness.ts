/** What systemd tells of a daemon. */
export interface DaemonState {
  readonly activeState: string;
  readonly subState: string;
  readonly mainPid: number;
  readonly restarts: number;
}

/** A start that looks fine says little: daemons die of what they do next, and people have seen them do it after ten seconds. */
export const steadySeconds = 12;

/** Why a unit has not stayed what it was, for people; undefined: it has. */
export const unsteady = (unit: string, before: DaemonState, after: DaemonState | undefined): string | undefined => {
  if (after?.mainPid === before.mainPid && after.restarts === before.restarts && after.activeState === 'active') {
    return undefined;
  }
  const isBack = after !== undefined && after.activeState === 'active';
  const now = isBack
    ? `systemd has started it again as process ${after.mainPid}`
    : `it is ${after?.activeState ?? 'gone'}${after === undefined ? '' : ` (${after.subState})`}`;
  return `${unit} started as process ${before.mainPid} and did not stay for ${steadySeconds} s: ${now}; its last words are in journalctl -u ${unit.replace(/\.service$/, '')}`;
};
