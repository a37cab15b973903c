import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { known } from '../../src/core/observed.ts';
import { compileFacts } from '../../src/facts/compile.ts';
import { answersOf } from '../../src/facts/evaluate.ts';
import type { Fact, Item } from '../../src/facts/fact.ts';
import { decodeFiles, hostFile, splitFiles } from '../../src/facts/files.ts';
import { parseFrames } from '../../src/facts/frames.ts';

const marker = 'a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5';
const root = mkdtempSync(join(tmpdir(), 'nodeprep-files-'));
const at = (name: string): string => join(root, name);
const isRoot = process.getuid?.() === 0;

const binary = Buffer.from([0x61, 0x00, 0x0a, 0xff, 0xfe]);

beforeAll(() => {
  chmodSync(root, 0o755);
  mkdirSync(at('d'));
  writeFileSync(at('d/10-plain.conf'), 'one\ntwo: 2\n');
  writeFileSync(at('d/20-no-newline.conf'), 'last');
  writeFileSync(at('d/30-empty.conf'), '');
  writeFileSync(at('d/40-binary.conf'), binary);
  writeFileSync(at('d/50 blank:colon.conf'), 'käse\n');
  symlinkSync('10-plain.conf', at('d/60-link.conf'));
  symlinkSync('/dev/null', at('d/70-masked.conf'));
  symlinkSync('nowhere', at('d/80-dangling.conf'));
  mkdirSync(at('d/90-directory.conf'));
  spawnSync('mkfifo', [at('d/95-fifo.conf')]);
  writeFileSync(at('d/.hidden.conf'), 'no glob finds me\n');
  writeFileSync(at('d/99-after.conf'), 'still here\n');
  chmodSync(at('d/10-plain.conf'), 0o640);
  utimesSync(at('d/10-plain.conf'), 1_700_000_000, 1_700_000_000);
  mkdirSync(at('private'), { mode: 0o700 });
  writeFileSync(at('private/x.conf'), 'secret\n');
  writeFileSync(at('unreadable.conf'), 'secret\n', { mode: 0o600 });
});
afterAll(() => rmSync(root, { recursive: true }));

const ask = (items: Readonly<Record<string, Item>>, uid?: number) => {
  const fact: Fact<null> = { items, parse: () => known(null) };
  const { program } = compileFacts({ test: fact }, marker);
  const { stdout } = spawnSync('sh', ['-s'], { input: program, ...(uid === undefined ? {} : { uid, gid: uid }) });
  const parsed = parseFrames(stdout, marker);
  if (parsed.state !== 'complete') throw new Error(parsed.state);
  return answersOf(parsed.frames, { test: fact });
};

const read = (items: Readonly<Record<string, Item>>, uid?: number) => {
  const answers = ask(items, uid);
  return (name: string) => decodeFiles(answers.get(`test.${name}`));
};

describe('files on a real file system', () => {
  test('every kind of path is what it is', () => {
    const found = read({ all: { kind: 'files', paths: [at('d/*.conf'), at('d/absent')], stat: true } })('all');
    expect([...found.values()].map(({ path, state, text }) => [path.slice(root.length + 3), state, text])).toEqual([
      ['10-plain.conf', 'file', 'one\ntwo: 2\n'],
      ['20-no-newline.conf', 'file', 'last'],
      ['30-empty.conf', 'file', ''],
      ['40-binary.conf', 'file', 'a\0\n\ufffd\ufffd'],
      ['50 blank:colon.conf', 'file', 'käse\n'],
      ['60-link.conf', 'file', 'one\ntwo: 2\n'],
      ['70-masked.conf', 'null', ''],
      ['80-dangling.conf', 'dangling', ''],
      ['90-directory.conf', 'directory', ''],
      ['95-fifo.conf', 'other', ''],
      ['99-after.conf', 'file', 'still here\n'],
    ]);
  });

  test('with stat: enough for a guard', () => {
    const found = read({ all: { kind: 'files', paths: [at('d/*.conf')], stat: true } })('all');
    const file = (name: string) => hostFile(at(`d/${name}`), found.get(at(`d/${name}`)));
    expect(file('10-plain.conf')).toEqual({
      path: at('d/10-plain.conf'),
      type: 'file',
      mode: '0640',
      uid: process.getuid?.(),
      gid: process.getgid?.(),
      sizeBytes: 11,
      mtimeSeconds: 1_700_000_000,
      linkTarget: undefined,
      sha256: createHash('sha256').update('one\ntwo: 2\n').digest('hex'),
      text: 'one\ntwo: 2\n',
    });
    expect(file('20-no-newline.conf').sha256).toBe(createHash('sha256').update('last').digest('hex'));
    expect(file('40-binary.conf')).toMatchObject({
      text: undefined,
      sha256: createHash('sha256').update(binary).digest('hex'),
    });
    expect(file('60-link.conf')).toMatchObject({ type: 'symlink', linkTarget: '10-plain.conf', text: 'one\ntwo: 2\n' });
    expect(file('80-dangling.conf')).toMatchObject({ type: 'symlink', linkTarget: 'nowhere', sha256: undefined });
    expect(file('absent')).toMatchObject({ type: 'absent', mode: '', text: undefined });
  });

  test('a path that two items and a fragment name is read once and given to each', () => {
    const plain = at('d/10-plain.conf');
    const answers = read({
      glob: { kind: 'files', paths: [at('d/1*.conf')] },
      literal: { kind: 'files', paths: [plain], stat: true },
      more: { kind: 'files', paths: [at('d/99-after.conf')], more: `more='${plain}\n${at('d/9*.conf')}'` },
    });
    expect(answers('glob').get(plain)?.text).toBe('one\ntwo: 2\n');
    expect(hostFile(plain, answers('literal').get(plain))).toMatchObject({ mode: '0640', text: 'one\ntwo: 2\n' });
    expect([...answers('more').keys()].map(path => path.slice(root.length + 3))).toEqual([
      '10-plain.conf',
      '99-after.conf',
      '90-directory.conf',
      '95-fifo.conf',
    ]);
  });

  test.skipIf(!isRoot)(
    'a user sees what is hidden from him as hidden, not as absent (needs root to become another)',
    () => {
      const paths = [
        at('unreadable.conf'),
        at('private/x.conf'),
        at('private/*.conf'),
        at('d/10-plain.conf'),
        at('none'),
      ];
      const found = read({ all: { kind: 'files', paths } }, 65_534)('all');
      const states = Object.fromEntries([...found].map(([path, { state }]) => [path.slice(root.length + 1), state]));
      expect(states).toEqual({
        'unreadable.conf': 'unreadable',
        'private/*.conf': 'hidden',
        'private/x.conf': 'hidden',
        'd/10-plain.conf': 'unreadable',
      });
    },
  );
});

test('an exact item gives a file byte for byte, and tells absent from what is no file', () => {
  const exact = (path: string, maxBytes?: number): Item => ({ kind: 'exact', path, ...(maxBytes ? { maxBytes } : {}) });
  const items = {
    whole: exact(at('d/40-binary.conf')),
    cut: exact(at('d/10-plain.conf'), 3),
    none: exact(at('none')),
    fifo: exact(at('d/95-fifo.conf')),
  };
  const answers = ask(items);
  expect(answers.get('test.whole')).toMatchObject({ exitCode: 0, bytes: binary });
  expect(answers.get('test.cut')?.bytes.toString()).toBe('one');
  expect(answers.get('test.none')?.exitCode).toBe(3);
  expect(answers.get('test.fifo')?.exitCode).toBe(4);
});

test('splitFiles never throws on arbitrary frames, and never takes a cut file for an empty one', () => {
  const item = { id: 'x.files', item: { kind: 'files' as const, paths: ['/a', '/b', '/c/*'], stat: true } };
  const line = fc.constantFrom(
    'f /a',
    'f /b',
    'u /a',
    'f /c/x',
    '+ x.files /z',
    '/a:1',
    '/b:2',
    '/c/x:',
    'stat 81a4 0 0 1 1 /a',
    'link /a',
    'h [',
    '',
  );
  const frame = fc
    .array(fc.oneof(line, fc.string()), { maxLength: 8 })
    .map(lines => ({ exitCode: 0, bytes: Buffer.from(lines.join('\n')) }));
  fc.assert(
    fc.property(frame, frame, frame, (list, text, stat) => {
      const frames = new Map([
        ['files.list', list],
        ['files.text', text],
        ['files.stat', stat],
      ]);
      const answer = splitFiles(frames, [item]).get('x.files');
      expect(answer).toBeDefined();
      if (answer?.truncated === false) expect(decodeFiles(answer).size).toBeLessThanOrEqual(4);
    }),
  );
  const frames = new Map([
    ['files.list', { exitCode: 0, bytes: Buffer.from('f /a\nf /b\n') }],
    ['files.text', { exitCode: 0, bytes: Buffer.from('/a:1\n/other:2\n/b:3\n') }],
  ]);
  expect(splitFiles(frames, [item]).get('x.files')?.truncated).toBe(true);
});
