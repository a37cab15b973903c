import { NodeprepError } from '../core/errors.ts';
import type { Failure } from './conversation.ts';
import { firstLine } from './printable.ts';

interface Login {
  readonly host: string;
  readonly user: string;
  readonly startTimeoutMs: number;
}

/** Why nothing of ours ran: a login shell that is none, a forced command, silence, or endless noise. */
export const explainShell = (login: Login, failure: Failure): NodeprepError => {
  const { host, user } = login;
  const said = firstLine(failure.noise);
  const quoted = said === '' ? '' : ` It said: ${said}`;
  if (failure.kind === 'noisy')
    return new NodeprepError(
      'answer-too-large',
      `the login shell of ${user} on ${host} sends endless output.${quoted}`,
      {
        hint: `Look at what ${user}'s shell prints at login (.bashrc, .profile, a forced command).`,
      },
    );
  if (failure.kind === 'late') {
    const seconds = Math.round(login.startTimeoutMs / 1000);
    const where = failure.asked ? 'sudo' : `the login shell of ${user}`;
    return new NodeprepError('connect-timeout', `${where} on ${host} did not answer within ${seconds} s.${quoted}`, {
      hint: failure.asked
        ? 'sudo may wait for DNS or LDAP; try by hand: time sudo -n true'
        : `Try by hand: ssh ${user}@${host} /bin/sh -c true`,
    });
  }
  if (failure.exit.code === null)
    return new NodeprepError(
      'no-answer',
      `${host} closed the session without an exit status${failure.exit.signal === null ? '' : ` (${failure.exit.signal})`}, before anything ran.${quoted}`,
      { hint: "Look at the host's sshd and kernel log (out of memory, a session limit, a reboot)." },
    );
  const because = shellCause(failure.noise, user);
  return new NodeprepError('no-shell', `${because} on ${host} (exit ${failure.exit.code}).${quoted}`, {
    hint: `nodeprep needs a user whose login shell runs commands: usermod -s /bin/sh ${user}, or another ssh.user.`,
  });
};

const causes: readonly (readonly [RegExp, (user: string) => string])[] = [
  [/not available|nologin/i, user => `the account of ${user} has no login shell`],
  [/restricted/i, user => `the login shell of ${user} is restricted`],
  [/sftp connections only/i, user => `${user} may only use SFTP`],
  [/git-shell|unrecognized command|interactive git/i, user => `the login shell of ${user} is git-shell`],
  [
    /password (has )?expired|change your password|password change required/i,
    user => `the password of ${user} must be changed first`,
  ],
];

const shellCause = (noise: string, user: string): string =>
  causes.find(([pattern]) => pattern.test(noise))?.[1](user) ??
  `something else than our command ran for ${user} (a forced command?)`;
