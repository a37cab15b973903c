import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { known } from '../../src/core/observed.ts';
import { compileFacts } from '../../src/facts/compile.ts';
import { answersOf, evaluateFacts } from '../../src/facts/evaluate.ts';
import type { Fact } from '../../src/facts/fact.ts';
import { parseFrames } from '../../src/facts/frames.ts';
import { chooseFacts, facts } from '../../src/facts/registry.ts';
import { asRoot } from './answers.ts';

const marker = 'a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5';
/** What a check asks at most: all but what is dear. */
const cheap = chooseFacts(
  Object.entries(facts).flatMap(([id, fact]) => ('dear' in fact ? [] : [id as keyof typeof facts])),
);
const { program } = compileFacts(cheap, marker);

const run = (command: readonly string[], input = program) => {
  const [file = 'sh', ...argv] = command;
  return spawnSync(file, argv, { input, maxBuffer: 64 * 1024 * 1024, env: { PATH: process.env.PATH } });
};

const observe = (command: readonly string[]) => {
  const parsed = parseFrames(run(command).stdout, marker);
  if (parsed.state !== 'complete') throw new Error(parsed.state);
  return evaluateFacts(cheap, answersOf(parsed.frames, cheap), asRoot);
};

const has = (command: readonly string[]): boolean => run(command, 'exit 0').status === 0;
const shells = [
  ['sh', '-s'],
  ['dash', '-s'],
  ['bash', '--posix', '-s'],
  ['busybox', 'sh', '-s'],
] as const;

describe.each(shells.map(shell => [shell.join(' '), shell] as const))('the program run by %s', (_, shell) => {
  test.skipIf(!has(shell))('tells of this machine', () => {
    const seen = observe(shell);
    const kernelRelease = spawnSync('uname', ['-r']).stdout.toString().trim();
    expect(seen.kernel).toMatchObject({ known: true, value: { release: kernelRelease } });
    expect(seen.resources).toMatchObject({ known: true, value: { cpus: expect.any(Number) } });
    expect(seen.namespaces).toMatchObject({
      known: true,
      value: { present: expect.arrayContaining(['mnt', 'net', 'pid']) },
    });
    expect(seen.dataDirectory).toMatchObject({ known: true });
    expect(seen.sysctlFiles).toMatchObject({ known: true });
    expect(seen.tools).toMatchObject({ known: true, value: { mount: expect.stringMatching(/^\/.*\/mount$/) } });
  });
});

describe('the program', () => {
  test('says the same in every shell', () => {
    const stable = [
      'kernel',
      'identity',
      'sysctl',
      'sysctlFiles',
      'modulesLoad',
      'filesystems',
      'tools',
      'packages',
      'swap',
    ] as const;
    const [first, ...others] = shells.filter(has).map(shell => {
      const seen = observe(shell);
      return stable.map(id => seen[id]);
    });
    for (const other of others) expect(other).toEqual(first);
  });

  test('runs nothing when it arrives cut', () => {
    const last = program.indexOf('{ main </dev/null');
    const cuts = [last, last + 3, last + 7, last + 12, program.length - 3, Math.floor(program.length / 2)];
    for (const length of cuts) expect(run(['sh', '-s'], program.slice(0, length)).stdout.toString()).toBe('');
  });

  test('leaves what follows it on standard input unread, and ends', () => {
    const { stdout, status } = run(['sh', '-s'], `${program}echo must not run\n`);
    expect(status).toBe(0);
    expect(stdout.toString()).not.toContain('must not run');
  });

  test('writes nothing to stderr', () => {
    expect(run(['sh', '-s']).stderr.toString()).toBe('');
  });

  test('differs between runs by its marker only', () => {
    const other = 'ffffffffffffffffffffffffffffffff';
    expect(compileFacts(cheap, other).program.replaceAll(other, marker)).toBe(program);
  });

  test('refuses a marker that could be anything else than a word', () => {
    expect(() => compileFacts(cheap, '$(reboot)$(reboot)')).toThrow();
  });

  test.skipIf(!has(['timeout', '1', 'true']))('ends what hangs after its time, and goes on (needs timeout)', () => {
    const slow: Fact<null> = {
      items: {
        hangs: { kind: 'sh', script: 'echo before; limit sleep 600', timeoutSeconds: 1 },
        next: { kind: 'sh', script: 'echo after' },
      },
      parse: () => known(null),
    };
    const parsed = parseFrames(run(['sh', '-s'], compileFacts({ slow }, marker).program).stdout, marker);
    if (parsed.state !== 'complete') throw new Error(parsed.state);
    const said = [...parsed.frames].map(([id, { exitCode, bytes }]) => [id, exitCode, bytes.toString()]);
    expect(said).toContainEqual(['slow.hangs', 124, 'before\n']);
    expect(said).toContainEqual(['slow.next', 0, 'after\n']);
  });

  const strace = ['strace', '-f', '-qq', '-e', 'trace=fork,vfork,clone,clone3', 'sh', '-s'];
  test.skipIf(!has(strace))('starts fewer than 50 processes (needs strace)', () => {
    const { stderr } = run(strace);
    const forks = stderr
      .toString()
      .split('\n')
      .filter(line => /(?:fork|clone3?)\(.*\)\s+= \d+$|resumed>.*\)\s+= \d+$/.test(line));
    expect(forks.length).toBeGreaterThan(5);
    expect(forks.length).toBeLessThan(50);
  });
});
