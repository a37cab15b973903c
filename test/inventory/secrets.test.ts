import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeprepError } from '../../src/core/errors.ts';
import { createPrompt } from '../../src/inventory/prompt.ts';
import type { SecretReference } from '../../src/inventory/schema.ts';
import { createSecretResolver, type SecretSources, secretKey } from '../../src/inventory/secrets.ts';

const purpose = { what: 'the sudo password of ops', setting: 'sudo.password', code: 'sudo-password' } as const;

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nodeprep-secrets-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const write = async (content: string, mode = 0o600): Promise<string> => {
  const path = join(directory, `secret-${Math.random().toString(36).slice(2)}`);
  await writeFile(path, content, { mode });
  return path;
};

const sources = (overrides: Partial<SecretSources> = {}): SecretSources & { readonly warnings: string[] } => {
  const warnings: string[] = [];
  return {
    env: { ...process.env, SECRET: 'hunter2', EMPTY: '', LINES: 'hunter2\nx' },
    prompt: undefined,
    warn: text => warnings.push(text),
    warnings,
    ...overrides,
  };
};

const failureOf = async (promise: Promise<string>): Promise<string> => {
  const error = await promise.catch(caught => caught);
  if (!(error instanceof NodeprepError)) throw new Error(`no NodeprepError: ${String(error)}`);
  expect(error.code).toBe('sudo-password');
  expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
  return error.message;
};

describe('a reference to a secret', () => {
  it('to the environment', async () => {
    const resolve = createSecretResolver(sources());
    expect(await resolve({ env: 'SECRET' }, purpose)).toBe('hunter2');
    expect(await failureOf(resolve({ env: 'MISSING' }, purpose))).toBe(
      'the sudo password of ops cannot be had: the environment variable MISSING is not set',
    );
    expect(await failureOf(resolve({ env: 'EMPTY' }, purpose))).toBe(
      'the sudo password of ops cannot be had: it is empty',
    );
    expect(await failureOf(resolve({ env: 'LINES' }, purpose))).toBe(
      'the sudo password of ops cannot be had: it has more than one line',
    );
  });

  it.each<[SecretReference, string]>([
    [{ env: 'MISSING' }, 'export MISSING, or give sudo.password another source (file, command, prompt).'],
    [{ env: 'EMPTY' }, 'export EMPTY, or give sudo.password another source (file, command, prompt).'],
    [{ env: 'LINES' }, 'It must be one line: give sudo.password another source, or mend what it names.'],
    [{ file: '/nowhere/secret' }, 'Correct sudo.password in the inventory, or make the file readable for this user.'],
    [{ command: ['nowhere-to-be-found'] }, 'Run it by hand to see why.'],
    [{ prompt: true }, 'Give sudo.password another source (env, file, command).'],
  ])('that leads nowhere says what to do: %j', async (reference, hint) => {
    await expect(createSecretResolver(sources())(reference, purpose)).rejects.toMatchObject({ hint });
  });

  it('to a file, with a warning where others can read it', async () => {
    const given = sources();
    const resolve = createSecretResolver(given);
    expect(await resolve({ file: await write('hunter2\n') }, purpose)).toBe('hunter2');
    expect(given.warnings).toEqual([]);
    const open = await write('hunter2 with spaces ', 0o644);
    expect(await resolve({ file: open }, purpose)).toBe('hunter2 with spaces ');
    expect(given.warnings).toEqual([`${open} can be read by others; chmod 600 ${open}`]);
    expect(await failureOf(resolve({ file: join(directory, 'missing') }, purpose))).toMatch(
      /missing cannot be read \(ENOENT\)$/,
    );
    expect(await failureOf(resolve({ file: directory }, purpose))).toMatch(/cannot be read \(EISDIR\)$/);
  });

  it('to a command, run once however many hosts ask', async () => {
    const counter = await write('');
    const resolve = createSecretResolver(sources());
    const command = ['sh', '-c', `echo x >>'${counter}'; echo "$SECRET"`];
    const values = await Promise.all([1, 2, 3].map(() => resolve({ command }, purpose)));
    expect(values).toEqual(['hunter2', 'hunter2', 'hunter2']);
    const count = createSecretResolver(sources());
    expect(await count({ command: ['sh', '-c', `wc -l <'${counter}' | tr -d ' '`] }, purpose)).toBe('1');
  });

  it.each([
    [['sh', '-c', 'echo hunter2; echo hunter2 >&2; exit 3'], 'the command sh ended with exit code 3'],
    [['/nowhere/x', 'hunter2'], 'the command /nowhere/x was not found'],
    [['/dev/null', 'hunter2'], 'the command /dev/null was not found, or this user may not run it'],
    [['sh', '-c', 'head -c 100000 /dev/zero | tr "\\0" x'], 'the command sh could not be run'],
    [['true'], 'it is empty'],
  ])('to a command that fails: %j', async (command, reason) => {
    expect(await failureOf(createSecretResolver(sources())({ command }, purpose))).toBe(
      `the sudo password of ops cannot be had: ${reason}`,
    );
  });

  it('to the terminal: asked once for each purpose, refused without one', async () => {
    const asked: string[] = [];
    const prompt = async (question: string) => {
      asked.push(question);
      return `answer ${asked.length}`;
    };
    const resolve = createSecretResolver(sources({ prompt }));
    const passphrase = {
      what: 'the passphrase of id_ed25519',
      setting: 'ssh.passphrase',
      code: 'key-unreadable',
    } as const;
    expect(await resolve({ prompt: true }, purpose)).toBe('answer 1');
    expect(await resolve({ prompt: true }, passphrase)).toBe('answer 2');
    expect(await resolve({ prompt: true }, purpose)).toBe('answer 1');
    expect(asked).toEqual(['the sudo password of ops: ', 'the passphrase of id_ed25519: ']);
    expect(await failureOf(createSecretResolver(sources())({ prompt: true }, purpose))).toBe(
      'the sudo password of ops cannot be had: there is no terminal to ask on',
    );
  });

  it('has a key that says which hosts share it', () => {
    const other = { ...purpose, what: 'the sudo password of root' };
    expect(secretKey({ env: 'A' }, purpose)).toBe(secretKey({ env: 'A' }, other));
    expect(secretKey({ prompt: true }, purpose)).not.toBe(secretKey({ prompt: true }, other));
  });
});

describe('the question on the terminal', () => {
  it('is not echoed, and the next waits for the answer', async () => {
    const input = new PassThrough();
    const shown: string[] = [];
    const ask = createPrompt({ input, write: text => void shown.push(text) });
    const first = ask('one: ');
    const second = ask('two: ');
    await Promise.resolve();
    input.write('hunter2\r');
    expect(await first).toBe('hunter2');
    await new Promise(resolve => setImmediate(resolve));
    input.write('other\r');
    expect(await second).toBe('other');
    expect(shown).toEqual(['one: ', '\n', 'two: ', '\n']);
  });

  it('ends with Ctrl-C or with the input', async () => {
    const input = new PassThrough();
    const ask = createPrompt({ input, write: () => undefined });
    const interrupted = expect(ask('one: ')).rejects.toMatchObject({ code: 'interrupted' });
    await Promise.resolve();
    input.write('\u0003');
    await interrupted;
    const ended = expect(ask('two: ')).rejects.toMatchObject({ code: 'interrupted' });
    await new Promise(resolve => setImmediate(resolve));
    input.end();
    await ended;
  });
});
