import { NodeprepError } from '../core/errors.ts';
import type { HostEndpoint } from './endpoint.ts';
import { firstLine, printable } from './printable.ts';

/** How far a connection came: TCP, the server's banner, key exchange, login. */
export type Stage = 'tcp' | 'banner' | 'handshake' | 'login';

export interface Attempt {
  readonly stage: Stage;
  /** The beginning of what the other side sent. */
  readonly firstBytes: string;
  readonly auth: AuthAttempt;
}

export interface AuthAttempt {
  /** e.g. `key /home/ops/.ssh/id_ed25519`, `agent`. */
  readonly tried: readonly string[];
  /** What the server said it accepts; undefined: it never said. */
  readonly accepts: readonly string[] | undefined;
  /** A method succeeded and the server wants another one. */
  readonly partial: boolean;
  readonly notes: readonly string[];
}

const place = ({ address, port }: HostEndpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

export const explainTimeout = (endpoint: HostEndpoint, attempt: Attempt): NodeprepError => {
  const seconds = `${endpoint.connectTimeoutMs / 1000} s`;
  const at = place(endpoint);
  if (attempt.stage === 'tcp')
    return new NodeprepError('connect-timeout', `${at} did not answer within ${seconds}.`, {
      hint: 'Is the address right, the host up, and the port open in every firewall between? ssh.connectTimeout sets the limit.',
    });
  if (attempt.stage === 'banner') return notSsh(endpoint, attempt, `said nothing for ${seconds}`);
  const doing = attempt.stage === 'handshake' ? 'the key exchange' : `the login of ${endpoint.user}`;
  return new NodeprepError('connect-timeout', `${at} did not finish ${doing} within ${seconds}.`, {
    hint: 'The host may be overloaded, or its sshd waits for DNS or LDAP (UseDNS, PAM). ssh.connectTimeout sets the limit.',
  });
};

/** What OpenSSH says in place of its banner to those that it will not let in now (srclimit.c, sshd.c). */
const turnedAway = /^(Not allowed at this time|Exceeded MaxStartups)/;

/** `undefined`: the other side closed the connection without an error. */
export const explainConnectError = (
  endpoint: HostEndpoint,
  attempt: Attempt,
  error: Error | undefined,
): NodeprepError => {
  const at = place(endpoint);
  const code = codeOf(error);
  const known = code === undefined ? undefined : networkErrors[code]?.(endpoint, at);
  if (known !== undefined && error !== undefined)
    return new NodeprepError(known.code, known.message, { hint: known.hint, cause: error });
  if (/too many authentication failures/i.test(error?.message ?? '') || isAuthError(error))
    return explainAuth(endpoint, attempt.auth, error);
  if (turnedAway.test(attempt.firstBytes))
    return new NodeprepError('connect-failed', `sshd at ${at} turns us away: ${firstLine(attempt.firstBytes)}`, {
      hint: 'sshd shuts out addresses whose logins fail or break off (PerSourcePenalties) and takes only so many at once (MaxStartups). Wait a minute or two, then try again, or with a lower --parallel.',
    });
  if (attempt.firstBytes !== '' && !attempt.firstBytes.includes('SSH-'))
    return notSsh(endpoint, attempt, `says: ${firstLine(attempt.firstBytes)}`);
  const reason = error === undefined ? '' : `: ${printable(error.message)}`;
  if (attempt.stage === 'login')
    return new NodeprepError(
      'connect-failed',
      `${at} closed the connection during the login of ${endpoint.user}${reason}`,
      {
        hint: `Look at sshd's log on the host (AllowUsers, MaxAuthTries, a locked or expired account).`,
        cause: error,
      },
    );
  if (/no matching/i.test(reason))
    return new NodeprepError('connect-failed', `${at} and nodeprep share no algorithm${reason}`, {
      hint: 'The SSH server is very old or very strict; see Ciphers, MACs, KexAlgorithms and HostKeyAlgorithms in its sshd_config.',
      cause: error,
    });
  return new NodeprepError('connect-failed', `${at} closed the connection during the handshake${reason}`, {
    hint: 'sshd drops what exceeds MaxStartups or a PerSourcePenalties limit, and firewalls what they do not like. Try again, or with a lower --parallel.',
    cause: error,
  });
};

const notSsh = (endpoint: HostEndpoint, attempt: Attempt, said: string): NodeprepError =>
  new NodeprepError('no-banner', `${place(endpoint)} accepts connections but is no SSH server: it ${said}`, {
    hint:
      attempt.firstBytes === ''
        ? 'Is this the port of sshd? A hung sshd or a proxy in between also looks like this.'
        : 'Is this the port of sshd? Set ssh.port in the inventory.',
  });

interface Explanation {
  readonly code: 'connect-refused' | 'connect-timeout' | 'connect-failed';
  readonly message: string;
  readonly hint: string;
}

const unresolved = (endpoint: HostEndpoint): Explanation => ({
  code: 'connect-failed',
  message: `the name ${endpoint.address} cannot be resolved.`,
  hint: `Correct the address of ${endpoint.host} in the inventory, or the DNS of this machine.`,
});

const unreachable = (_: HostEndpoint, at: string): Explanation => ({
  code: 'connect-failed',
  message: `there is no route to ${at}.`,
  hint: 'Is the network (VPN, bastion) up, and the address right?',
});

const networkErrors: Readonly<Record<string, (endpoint: HostEndpoint, at: string) => Explanation>> = {
  ENOTFOUND: unresolved,
  EAI_AGAIN: unresolved,
  ECONNREFUSED: (_, at) => ({
    code: 'connect-refused',
    message: `${at} refuses connections: nothing listens there.`,
    hint: 'Is sshd running on the host, and ssh.port in the inventory right?',
  }),
  ETIMEDOUT: (_, at) => ({
    code: 'connect-timeout',
    message: `${at} did not answer.`,
    hint: 'Is the address right, the host up, and the port open in every firewall between?',
  }),
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
};

/** With several addresses Node.js gives one error that holds one per address. */
const codeOf = (error: Error | undefined): string | undefined => {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : undefined;
};

const isAuthError = (error: Error | undefined): boolean =>
  error !== undefined && 'level' in error && error.level === 'client-authentication';

const explainAuth = (endpoint: HostEndpoint, auth: AuthAttempt, cause: Error | undefined): NodeprepError => {
  const { user } = endpoint;
  const notes = auth.notes.length === 0 ? '' : ` Left out: ${auth.notes.join(' ')}`;
  const accepts = auth.accepts === undefined ? '' : `; the host accepts ${auth.accepts.join(', ') || 'nothing more'}`;
  if (auth.tried.length === 0)
    return new NodeprepError('auth-failed', `there is no key to log in as ${user} with${accepts}.${notes}`, {
      hint: 'Set ssh.identityFile in the inventory, load a key into an agent (ssh-add), or make one: ssh-keygen -t ed25519',
      cause,
    });
  const tried = auth.tried.join(', ');
  if (auth.partial)
    return new NodeprepError(
      'auth-failed',
      `the host wants more than a key from ${user} (tried ${tried}${accepts}).${notes}`,
      {
        hint: `nodeprep logs in with keys only: allow "AuthenticationMethods publickey" for ${user} in sshd_config.`,
        cause,
      },
    );
  const tooMany = /too many authentication failures/i.test(cause?.message ?? '');
  return new NodeprepError(
    'auth-failed',
    `the host does not let ${user} in (tried ${tried}${tooMany ? ', too many' : ''}${accepts}).${notes}`,
    {
      hint: tooMany
        ? 'The agent holds more keys than sshd lets us try (MaxAuthTries): name the right one in ssh.identityFile.'
        : `Is the user right, and the public key in ~${user}/.ssh/authorized_keys?  ssh-copy-id ${endpoint.port === 22 ? '' : `-p ${endpoint.port} `}${user}@${endpoint.address}`,
      cause,
    },
  );
};
