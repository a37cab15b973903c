import { afterEach, describe, expect, test, vi } from 'vitest';
import { encodeFiles } from '../../src/facts/files.ts';
import { gather, prepareQuestion } from '../../src/facts/gather.ts';
import { type Script, scriptedConnection } from './scripted-connection.ts';

const marker = '00112233445566778899aabbccddeeff';
const options = { now: () => 1_000 };
const kernel = prepareQuestion(['kernel'], marker);

const machine = (text: string): string => `${marker} item kernel.machine\n${text}\n${marker} end 0\n`;
const fileFrames = (list: string, text: string): string =>
  [
    `item files.list\n${list}\n${marker} end 0`,
    `item files.text\n${text}\n${marker} end 0`,
    `item files.stat\n\n${marker} end 0`,
  ]
    .map(part => `${marker} ${part}\n`)
    .join('');
const kernelFiles = fileFrames(
  'f /proc/sys/kernel/osrelease\nf /proc/cmdline\n',
  '/proc/sys/kernel/osrelease:6.12.41-amd64\n/proc/cmdline:quiet ro\n',
);
const good = `${marker} begin 1\n${machine('x86_64')}${kernelFiles}${marker} done\n`;

const ask = (script: Script) => gather(scriptedConnection(script), kernel, options);

describe('gather', () => {
  test('reads the answer out of whatever noise is around it', async () => {
    const noise = [
      '\u001b[31mWelcome\u001b[0m to ',
      Buffer.from([0, 255, 254]),
      'We trust you have received the usual lecture',
    ];
    const { facts, access } = await ask({ say: () => [...noise, good, 'logout\n'] });
    expect(facts.kernel).toEqual({
      known: true,
      value: { release: '6.12.41-amd64', machine: 'x86_64', cmdline: 'quiet ro' },
    });
    expect(access).toEqual({ root: true, via: 'sudo' });
  });

  test('an answer in single bytes is the same answer', async () => {
    const { facts } = await ask({ say: () => [...good].map(character => character) });
    expect(facts.kernel.known).toBe(true);
  });

  test('what was not asked is unknown', async () => {
    const { facts } = await ask({ say: () => [good] });
    expect(facts.swap).toEqual({ known: false, reason: 'not gathered' });
    expect(facts.cri).toEqual({ known: false, reason: 'not gathered' });
  });

  test('a fact that does not parse is unknown, and says why', async () => {
    const { facts } = await ask({
      say: () => [good.replace('f /proc/cmdline', 'u /proc/cmdline').replace('/proc/cmdline:quiet ro\n', '')],
    });
    expect(facts.kernel).toMatchObject({ known: false, reason: expect.stringContaining('/proc/cmdline') });
  });

  test('an item that is too large makes its fact unknown, not the host', async () => {
    const { facts } = await ask({ say: () => [good.replace('x86_64', 'x'.repeat(1_100_000))] });
    expect(facts.kernel).toMatchObject({ known: false, reason: expect.stringContaining('1 MiB') });
  });

  test('a host that never stops is cut off', async () => {
    const endless = function* () {
      yield `${marker} begin 1\n`;
      for (;;) yield Buffer.alloc(1024 * 1024, 'y');
    };
    const connection = scriptedConnection({ say: endless });
    await expect(gather(connection, kernel, options)).rejects.toMatchObject({ code: 'answer-too-large' });
    expect(connection.closed()).toBe(true);
  });

  test.each<[string, Script, string, RegExp]>([
    [
      'cut, with status',
      { say: () => [good.slice(0, 100)], exit: { code: 1, signal: null } },
      'answer-malformed',
      /kernel\.machine/,
    ],
    [
      'cut, connection lost',
      { say: () => [good.slice(0, 100)], exit: { code: null, signal: null } },
      'no-answer',
      /cut/,
    ],
    [
      'nothing, connection lost',
      { say: () => [], exit: { code: null, signal: null } },
      'no-answer',
      /without an exit status/,
    ],
    [
      'a nologin shell',
      { say: () => ['This account is currently \u001b[5mnot available.\n'], exit: { code: 1, signal: null } },
      'no-shell',
      /currently \\x1b\[5mnot available/,
    ],
    [
      'silence on stdout',
      { say: () => [], exit: { code: 127, signal: null }, stderr: 'rbash: sh: restricted' },
      'no-shell',
      /rbash/,
    ],
  ])('%s', async (_, script, code, message) => {
    await expect(ask(script)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('an abort ends the wait and closes the session', async () => {
    const stop = new AbortController();
    const silent = async function* () {
      yield 'motd\n';
      stop.abort();
      await new Promise(() => {});
    };
    const connection = scriptedConnection({ say: silent });
    const pending = gather(connection, kernel, { ...options, signal: stop.signal });
    await expect(pending).rejects.toMatchObject({ code: 'interrupted' });
    expect(connection.closed()).toBe(true);
  });

  describe('a host that takes its time', () => {
    afterEach(() => void vi.useRealTimers());
    const sleep = (seconds: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, seconds * 1_000));
    const begun = good.slice(0, good.indexOf('x86_64'));

    test('is waited for as long as it goes on answering', async () => {
      vi.useFakeTimers();
      const slow = async function* () {
        for (const line of good.split(/(?<=\n)/)) {
          await sleep(10);
          yield line;
        }
      };
      const pending = ask({ say: slow });
      await vi.advanceTimersByTimeAsync(290_000);
      expect((await pending).facts.kernel.known).toBe(true);
    });

    test('is given up once it has said nothing for a minute, and what it was asked is named', async () => {
      vi.useFakeTimers();
      const connection = scriptedConnection({
        say: async function* () {
          yield begun;
          await sleep(90);
        },
      });
      const answer = expect(gather(connection, kernel, options)).rejects.toMatchObject({
        code: 'no-answer',
        message: 'the host said nothing for 60 s, in kernel.machine',
        hint: expect.stringContaining('`df`'),
      });
      await vi.advanceTimersByTimeAsync(90_000);
      await answer;
      expect(connection.closed()).toBe(true);
    });

    test('is given up after five minutes, whatever it goes on saying', async () => {
      vi.useFakeTimers();
      const endless = async function* () {
        yield begun;
        for (;;) {
          await sleep(1);
          yield 'y';
        }
      };
      const answer = expect(ask({ say: endless })).rejects.toMatchObject({
        code: 'no-answer',
        message: 'the host had not finished answering after 5 min, in kernel.machine',
      });
      await vi.advanceTimersByTimeAsync(300_000);
      await answer;
    });
  });

  test('a recorded host answers from its recording', async () => {
    const text = (path: string, content: string) => ({
      path,
      state: 'file' as const,
      text: content,
      binary: false,
      stat: undefined,
      linkTarget: undefined,
      sha256: undefined,
    });
    const files = encodeFiles([text('/proc/sys/kernel/osrelease', '6.1.0\n'), text('/proc/cmdline', 'ro\n')]);
    const item = (bytes: Buffer) => ({ exitCode: 0, base64: bytes.toString('base64'), truncated: false });
    const replay = {
      schemaVersion: 1 as const,
      host: 'old',
      address: '192.0.2.2',
      access: { root: false as const, reason: 'no sudo' },
      sentAt: 5,
      receivedAt: 9,
      items: { 'kernel.files': item(files), 'kernel.machine': item(Buffer.from('aarch64')) },
      cri: {},
    };
    const connection = { ...scriptedConnection({ say: () => [] }), replay };
    const gathered = await gather(connection, prepareQuestion(['kernel', 'tools'], marker), options);
    expect(gathered.facts.kernel).toMatchObject({ known: true, value: { release: '6.1.0', machine: 'aarch64' } });
    expect(gathered.facts.tools).toMatchObject({ known: false, reason: expect.stringContaining('not in the answer') });
    expect(gathered).toMatchObject({ access: { root: false }, sentAt: 5, receivedAt: 9 });
  });
});
