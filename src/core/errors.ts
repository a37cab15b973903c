/**
 * An expected failure: something nodeprep could not do, told to people (message, hint) and to machines (code).
 * Anything else that reaches `cli.ts` is our bug. Codes are public and listed in docs/errors.md.
 */
export class NodeprepError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NodeprepError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** Every error code with what it means; `docs/errors.md` is generated from it. A new code is added here first. */
export const errorCodes = {
  usage: 'The command line is wrong.',
  inventory: 'The inventory is wrong; every problem is listed with file, line and column.',
  'host-key-unknown': "The host's key is not in known_hosts and the inventory does not say accept-new.",
  'host-key-changed': 'The host shows another key than the one in known_hosts.',
  'host-key-revoked': 'The host shows a key that known_hosts marks @revoked.',
  'auth-failed': 'The host refused every way to log in.',
  'key-unreadable': 'The private key cannot be read or its passphrase is missing or wrong.',
  'sudo-password': 'sudo asks for a password that is missing, wrong, or was refused on another host.',
  'sudo-refused': 'sudo does not let this user run /bin/sh as root.',
  'connect-refused': 'Nothing listens at this address and port.',
  'connect-timeout': 'The host did not answer in time.',
  'connect-failed': 'The connection could not be made or was lost.',
  'no-banner': 'Something accepts connections there but does not speak SSH.',
  'no-answer': 'The host closed the session without an exit status.',
  'no-shell': 'The login shell of the user does not run commands (restricted shell or nologin).',
  'answer-too-large': 'The host sent more than nodeprep accepts.',
  'answer-malformed': 'The host answered something that is not a nodeprep answer.',
  'lock-held': 'Another run works on this host or cluster.',
  'guard-mismatch': 'The host has changed since the plan was made.',
  'joined-node': 'The host is a node of a cluster and the change would disturb its pods.',
  'foreign-distribution': 'The host is run by another distribution of Kubernetes (k3s, RKE2, k0s, MicroK8s).',
  'os-unsupported': 'No installer knows this distribution.',
  'plan-refused': 'The plan holds a change that may not be made.',
  migration: 'Another runtime serves this host than the one the inventory names; moving it takes --allow-migration.',
  'plan-stale': 'The saved plan does not fit the inventory, the tool or the host.',
  'step-failed': 'A step failed on the host; what was done has been reverted.',
  'verify-failed': 'The change was made but the proof failed; it has been reverted.',
  'revert-partial': 'The revert could not undo everything.',
  'unfinished-run': 'An earlier run on this host was interrupted and has not been settled.',
  'kubectl-missing': 'kubectl, the client for the cluster, is not there.',
  'cluster-unreachable': 'The API server of the cluster does not answer.',
  'cluster-denied': 'The cluster does not let this user do what the rollout needs.',
  'cluster-mismatch':
    'The cluster and the inventory do not fit: another cluster, or a host that is not the node it is taken for.',
  'drain-infeasible': 'Draining the node would never finish, or would lose what nobody agreed to lose.',
  'drain-timeout': 'Pods did not leave the node in time; the node was put back.',
  'node-not-ready': 'The node did not come back Ready with kubelet and runtime agreeing.',
  'settle-timeout': 'Workloads were not available again in time after the node came back.',
  'rollout-stopped': 'The rollout was stopped before this host by an earlier failure, a gate or its window.',
  'recording-unreadable': 'A recording cannot be read.',
  interrupted: 'The run was interrupted.',
  bug: 'nodeprep itself failed; please report it with the text.',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof errorCodes;
