import { describe, expect, it } from 'vitest';
import { explainSudo, isUsualLecture } from '../../src/connect/sudo-words.ts';

describe('explainSudo', () => {
  // Texts of sudo 1.9.13 and sudo-rs 0.2 under LC_ALL=C.
  it.each([
    ['sudo: a password is required\n', 'sudo-password', 'sudo asks for a password for user ops and none is configured'],
    [
      'sudo: interactive authentication is required\n',
      'sudo-password',
      'sudo asks for a password for user ops and none is configured',
    ],
    ['sudo: sorry, you must have a tty to run sudo\n', 'sudo-refused', 'sudo wants a terminal (requiretty)'],
    ['ops is not in the sudoers file.\n', 'sudo-refused', 'ops is not in the sudoers file'],
    ['Sorry, user ops may not run sudo on node.\n', 'sudo-refused', 'sudo does not let ops run /bin/sh as root'],
    [
      "Sorry, user ops is not allowed to execute '/bin/sh -c x' as root on node.\n",
      'sudo-refused',
      'sudo does not let ops run /bin/sh as root',
    ],
    ["sudo: I'm sorry ops. I'm afraid I can't do that\n", 'sudo-refused', 'sudo does not let ops run /bin/sh as root'],
    ['sudo: not found\n', 'sudo-refused', 'sudo is not installed'],
    ['sh: 1: sudo: not found\n', 'sudo-refused', 'sudo is not installed'],
    ['/bin/sh: line 1: exec: sudo: not found\n', 'sudo-refused', 'sudo is not installed'],
    [
      '/etc/sudoers:3:1: syntax error\nx\n',
      'sudo-refused',
      'the sudoers file is broken: /etc/sudoers:3:1: syntax error',
    ],
    [
      'sudo: The "no new privileges" flag is set\n',
      'sudo-refused',
      'sudo failed: sudo: The "no new privileges" flag is set',
    ],
    ['', 'sudo-refused', 'sudo ended without a word for user ops'],
  ])('%s', (said, code, reason) => {
    expect(explainSudo(said, 'ops', undefined)).toMatchObject({ code, reason });
  });

  it.each([
    'Sorry, try again.\nsudo: 1 incorrect password attempt\n',
    'sudo: Authentication failed, try again.\n',
    'The account is locked due to 3 failed logins.\n',
  ])('a refused password: %s', said => {
    expect(explainSudo(said, 'ops', 'env PW')).toMatchObject({
      code: 'sudo-password',
      reason: expect.stringContaining('sudo refused the password from env PW for user ops'),
    });
  });

  it('escapes what the host says', () => {
    expect(explainSudo('\u001b]0;x\u0007bad\n', 'ops', undefined).reason).toBe('sudo failed: ]0;x bad');
  });
});

describe('isUsualLecture', () => {
  const lecture = '\nWe trust you have received the usual lecture from the local System\nAdministrator. It';
  it.each([
    ['', true],
    ['\n', true],
    [lecture, true],
    [`${lecture} usually boils down to these three things:\n\n    #1) Respect the privacy of others.\n`, true],
    [`${lecture} is late\n`, false],
    ['Sorry, try again.\n', false],
    ['S', false],
    ['[sudo] password for ops: ', false],
  ])('%j: %s', (said, expected) => {
    expect(isUsualLecture(said)).toBe(expected);
  });
});
