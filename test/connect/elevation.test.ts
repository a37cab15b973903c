import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { elevationArguments, type Way } from '../../src/connect/elevation.ts';
import { quoteAll } from '../../src/core/shell.ts';
import { fakeSudo } from './fake-sudo.ts';
import { program } from './read-all.ts';

const ways: readonly Way[] = ['plain', 'root', 'best', 'ask'];
const marks = { left: '0123456789abcdef', right: 'fedcba9876543210' };
const mark = marks.left + marks.right;

describe('the command', () => {
  it.each(ways)('holds nothing that a login shell could read otherwise (%s)', way => {
    const words = elevationArguments(way, marks);
    for (const word of words) expect(word).not.toMatch(/['\\!\n]/);
    // Old csh takes lines and words of about a thousand characters.
    expect(quoteAll(words).length).toBeLessThan(1000);
  });

  it.each(ways)('does not hold the mark that the host answers with (%s)', way => {
    expect(quoteAll(elevationArguments(way, marks))).not.toContain(mark);
  });
});

const shells = ['sh', 'dash', 'bash', 'zsh', 'fish', 'csh', 'tcsh', 'ksh', 'mksh', 'yash', 'busybox ash'];

describe.each(shells)('under the login shell %s', shell => {
  const [file = '', ...first] = shell.split(' ');
  const installed = spawnSync(file, [...first, '-c', 'true']).status === 0;
  const sudo = fakeSudo({ behaviour: 'nopasswd' });
  const strict = fakeSudo({ behaviour: 'password', password: 'right' });
  afterAll(() => {
    sudo.remove();
    strict.remove();
  });
  const run = (way: Way, input: string, { env } = sudo) =>
    spawnSync(file, [...first, '-c', quoteAll(elevationArguments(way, marks))], {
      // Where nobody can make a home: fish does, for root, if it can.
      env: { ...env, HOME: '/dev/null/home' },
      input,
      encoding: 'utf8',
    });
  const text = `${marks.left}\n${program('echo "hello $LC_ALL"; exit 3')}\n`;

  it.skipIf(!installed)('becomes root (not run where the shell is not installed)', () => {
    for (const way of ['root', 'best', 'ask'] as const) {
      const { stdout, status } = run(way, text);
      expect({ way, stdout, status }).toEqual({
        way,
        stdout: `${mark} ready sudo\n${mark} go 0\nhello C\n`,
        status: 3,
      });
    }
  });

  it.skipIf(!installed)('runs as the user where sudo refuses', () => {
    const { stdout, stderr, status } = run('best', text, strict);
    expect(stdout).toBe(`${mark} ready user\n${mark} go 0\nhello C\n`);
    expect(stderr).toContain(`${mark} asking\nsudo: a password is required\n${mark} refused\n`);
    expect(status).toBe(3);
  });

  it.skipIf(!installed)('tells that the password was not read', () => {
    expect(run('ask', `secret\n${text}`).stdout).toContain(`${mark} go 1\n`);
    expect(run('ask', `right\n${text}`, strict).stdout).toContain(`${mark} go 0\n`);
  });
});
