import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { observe } from '../../src/commands/observe.ts';
import { prepareRecordings, saveRecording } from '../../src/commands/recordings.ts';
import { requireConsent, resolveTargets, targetsOrRecordings } from '../../src/commands/targets.ts';
import { createRedactor } from '../../src/core/redact.ts';

const recorded = (name: string) => fileURLToPath(new URL(`../fixtures/hosts/${name}`, import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nodeprep-targets-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** One directory with these recorded hosts. */
const recordings = (...names: readonly string[]): string => {
  for (const name of names) cpSync(join(recorded(name), 'recording.json'), join(directory, `${name}.json`));
  return directory;
};

describe('words of the command line', () => {
  test('none is this machine, without a connection over the network', async () => {
    const { inventory, name } = await resolveTargets([], undefined);
    expect(inventory.hosts).toMatchObject([{ name: 'localhost', connection: 'local' }]);
    expect(name).toBeUndefined();
  });

  test('hosts are named as they were typed', async () => {
    const { inventory, name } = await resolveTargets(['ops@192.0.2.1:2222', '[fd00::21]'], undefined);
    expect(inventory.hosts.map(({ address, port }) => `${address} ${port}`)).toEqual(['192.0.2.1 2222', 'fd00::21 22']);
    expect(name).toBeUndefined();
  });

  test('a file keeps the name that was typed, for the next command', async () => {
    const file = join(directory, 'nodes.yaml');
    writeFileSync(file, 'hosts: { a: { address: 192.0.2.1 }, b: { address: 192.0.2.2 } }');
    const { inventory, name } = await resolveTargets([file], 'b');
    expect(inventory.hosts.map(host => host.name)).toEqual(['b']);
    expect(name).toBe(file);
  });

  test('a waiver may name only checks that are there', async () => {
    const file = join(directory, 'nodes.yaml');
    const waiver = 'owner: ops, reason: test, expires: "2027-01-31"';
    writeFileSync(
      file,
      `hosts: { a: { address: 192.0.2.1 } }\nwaivers: [{ check: unique-machine-id, ${waiver} }, { check: swap-of, ${waiver} }]`,
    );
    await expect(resolveTargets([file], undefined)).rejects.toMatchObject({
      code: 'inventory',
      message: expect.stringMatching(/swap-of.*did you mean swap-off/),
    });
  });
});

describe('a directory of recordings', () => {
  test('stands for its hosts, whom nobody contacts, in the order of their files', async () => {
    const { inventory, open, name } = await targetsOrRecordings([recordings('trixie-bare', 'sid-bare')], undefined);
    expect(inventory.hosts.map(host => host.name)).toEqual(['sid-bare', 'trixie-bare']);
    const [host] = inventory.hosts;
    if (host === undefined || open === undefined) throw new Error('no host');
    const connection = await open(host);
    expect(connection.replay?.host).toBe('sid-bare');
    await expect(connection.start('true', { as: 'best' })).rejects.toMatchObject({ code: 'recording-unreadable' });
    // Nothing can be applied to a recording, so it is not offered as the next command.
    expect(name).toBeUndefined();
  });

  test('takes --limit', async () => {
    const { inventory } = await targetsOrRecordings([recordings('trixie-bare', 'sid-bare')], 'sid-bare');
    expect(inventory.hosts.map(host => host.name)).toEqual(['sid-bare']);
  });

  test.each<readonly [string, () => void, RegExp]>([
    ['no recording', () => undefined, /holds no recording \(HOST\.json\)/],
    ['a file that is no recording', () => writeFileSync(join(directory, 'a.json'), '{}'), /a\.json cannot be read/],
    ['a file that is no JSON', () => writeFileSync(join(directory, 'a.json'), '\0'), /it is not JSON/],
    ['a directory named like a file', () => mkdirSync(join(directory, 'a.json')), /a\.json cannot be read: illegal/],
    [
      'one host twice',
      () => {
        recordings('trixie-bare');
        cpSync(join(directory, 'trixie-bare.json'), join(directory, 'copy.json'));
      },
      /two recordings of host trixie-bare/,
    ],
  ])('that holds %s is told', async (_, prepare, message) => {
    prepare();
    await expect(targetsOrRecordings([directory], undefined)).rejects.toMatchObject({
      code: 'recording-unreadable',
      message: expect.stringMatching(message),
    });
  });

  test('is no inventory for commands that change hosts', async () => {
    await expect(resolveTargets([recordings('trixie-bare')], undefined)).rejects.toMatchObject({
      code: 'inventory',
      message: expect.stringContaining('is a directory, not an inventory'),
    });
  });

  test('comes back as it was written, for its owner only', async () => {
    const { inventory, open } = await targetsOrRecordings([recordings('trixie-bare')], undefined);
    const [host] = inventory.hosts;
    if (host === undefined || open === undefined) throw new Error('no host');
    const signal = new AbortController().signal;
    const seen = await observe(await open(host), ['kernel', 'osRelease'], signal);
    const copy = join(directory, 'new/copy');
    prepareRecordings(copy);
    saveRecording(copy, { ...host, name: 'a/../b' }, seen, createRedactor('key'));
    const [file, above] = [join(copy, 'a%2F..%2Fb.json'), copy].map(path => statSync(path).mode & 0o777);
    expect({ file, above }).toEqual({ file: 0o600, above: 0o700 });
    const again = await targetsOrRecordings([copy], undefined);
    const [replayed] = again.inventory.hosts;
    if (replayed === undefined || again.open === undefined) throw new Error('no host');
    const replay = await observe(await again.open(replayed), ['kernel', 'osRelease'], signal);
    expect(replay.facts).toEqual(seen.facts);
    expect(replayed.desired).toEqual(host.desired);
  });

  test('that cannot be written is told before any host is asked', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(() => prepareRecordings(join(directory, 'file/recordings'))).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(/cannot be written to .*: not a dir/) }),
    );
  });
});

describe('consent', () => {
  const file = { kind: 'file', path: 'inventory.yaml' } as const;
  const input = { kind: 'standard-input' } as const;

  test.each([
    ['--yes', file, true, false],
    ['--yes and an inventory from standard input', input, true, false],
    ['a terminal', file, false, true],
  ])('can be had with %s', (_, source, yes, terminal) => {
    expect(() => requireConsent(source, yes, terminal)).not.toThrow();
  });

  test.each([
    ['without a terminal', file, false, /no terminal/],
    ['where the inventory takes standard input', input, true, /standard input/],
  ])('cannot be had %s', (_, source, terminal, message) => {
    expect(() => requireConsent(source, false, terminal)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(message),
        hint: expect.stringContaining('--yes'),
      }),
    );
  });
});
