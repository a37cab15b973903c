import type { ErrorCode } from '../core/errors.ts';
import { firstLine } from './printable.ts';

/** Why sudo did not make us root, from what it said under LC_ALL=C (sudo 1.8 to 1.9, sudo-rs). */
export interface SudoRefusal {
  readonly code: Extract<ErrorCode, 'sudo-password' | 'sudo-refused'>;
  readonly reason: string;
  readonly hint: string;
}

/** Lines of sudo's own lecture (plugins/sudoers/check.c); anything else before the password is taken is not known to be harmless. */
const lecture: readonly string[] = [
  'We trust you have received the usual lecture from the local System',
  'Administrator. It usually boils down to these three things:',
  '#1) Respect the privacy of others.',
  '#2) Think before you type.',
  '#3) With great power comes great responsibility.',
  'For security reasons, the password you type will not be visible.',
];

export const isUsualLecture = (said: string): boolean => {
  const lines = said.split('\n').map(line => line.trim());
  const unfinished = lines.pop() ?? '';
  return (
    lines.every(line => line === '' || lecture.includes(line)) && lecture.some(line => line.startsWith(unfinished))
  );
};

const wrongPassword =
  /try again|incorrect (password|authentication) attempt|authentication fail|account (is )?locked|no password was provided/i;
const wantsPassword =
  /a password is required|a terminal is required to read|interactive authentication is required|askpass/i;
const notAllowed =
  /is not in the sudoers file|may not run sudo|is not allowed to (run sudo|execute)|not allowed to run|I'm sorry .*can't do that/i;
const wantsTerminal = /must have a tty/i;
const absent = /sudo: (command )?not found|sudo: No such file|not found: sudo/i;
const badSudoers = /syntax error|parse error|no valid sudoers/i;

const rustRefusal = 'sudo: Authentication failed, try again.';

/** sudo-rs (0.2.5) takes the end of its input for an empty password, twice: unlike sudo it must not see that end. */
export const takesEndForPassword = (said: string): boolean => said.includes(rustRefusal) || /^sudo-rs:/m.test(said);

/** sudo-rs writes its words in pieces. */
export const mayTakeEndForPassword = (said: string): boolean => {
  const unfinished = said.split('\n').at(-1) ?? '';
  return unfinished !== '' && (rustRefusal.startsWith(unfinished) || 'sudo-rs:'.startsWith(unfinished));
};

export const isRefusal = (said: string): boolean => wrongPassword.test(said);

const allowRule = (user: string): string => `allow it: ${user} ALL=(root) NOPASSWD: /bin/sh`;

export const explainSudo = (said: string, user: string, password: string | undefined): SudoRefusal => {
  const refused = (reason: string, hint: string): SudoRefusal => ({ code: 'sudo-refused', reason, hint });
  if (absent.test(said)) return refused('sudo is not installed', `Install sudo, or log in as root instead of ${user}.`);
  if (wantsTerminal.test(said))
    return refused('sudo wants a terminal (requiretty)', `In /etc/sudoers: Defaults:${user} !requiretty`);
  if (notAllowed.test(said))
    return refused(
      /not in the sudoers file/i.test(said)
        ? `${user} is not in the sudoers file`
        : `sudo does not let ${user} run /bin/sh as root`,
      `In /etc/sudoers.d, ${allowRule(user)}`,
    );
  if (badSudoers.test(said))
    return refused(`the sudoers file is broken: ${firstLine(said)}`, 'Repair it as root with: visudo -c');
  if (password !== undefined && wrongPassword.test(said))
    return {
      code: 'sudo-password',
      reason: `sudo refused the password from ${password} for user ${user} (${firstLine(said)})`,
      hint: `Correct ${password}. It was tried once.`,
    };
  if (wantsPassword.test(said))
    return {
      code: 'sudo-password',
      reason: `sudo asks for a password for user ${user} and none is configured`,
      hint: `Set sudo.password in the inventory (env, file, command or prompt), or ${allowRule(user)}`,
    };
  const line = firstLine(said);
  return refused(
    line === '' ? `sudo ended without a word for user ${user}` : `sudo failed: ${line}`,
    `Try it by hand: ssh to the host as ${user}, then: sudo -n /bin/sh -c id`,
  );
};
