import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { archives } from '../../src/facts/archives.ts';
import type { FactContext } from '../../src/facts/fact.ts';
import { sha256Of } from '../apply/tarball.ts';

const context: FactContext = { root: true, noRootReason: '', sentAt: 0, receivedAt: 0 };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nodeprep-archives-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The fact of this machine with another base, run by a real shell. */
const observe = () => {
  const { records } = archives.items;
  if (records?.kind !== 'sh') throw new Error('the fact has another item by now');
  const script = records.script.replaceAll('/var/lib/nodeprep', join(root, 'base'));
  const bytes = execFileSync('sh', ['-c', `item() {\n${script}\n}\nitem`]);
  return archives.parse({ records: { exitCode: 0, bytes, truncated: false } }, context);
};

const put = (name: string, content: string): string => {
  writeFileSync(join(root, name), content);
  chmodSync(join(root, name), 0o755);
  return `file file:${sha256Of(content)}:755:${process.getuid?.()}:${process.getgid?.()} ${join(root, name)}\n`;
};

describe('archives', () => {
  test('there are none where none was installed', () => {
    expect(observe()).toEqual({ known: true, value: {} });
  });

  test('tells which files are not as the archive left them', () => {
    const names = ['edited', 'kept', 'removed', 'touched', 'with-another-mode'];
    const lines = names.map(name => put(name, `${name}\n`));
    mkdirSync(join(root, 'base/archives'), { recursive: true });
    const record = join(root, 'base/archives/runc');
    writeFileSync(record, `archive ${'a'.repeat(64)}\n${lines.join('')}`);
    writeFileSync(join(root, 'edited'), 'by hand\n');
    chmodSync(join(root, 'with-another-mode'), 0o700);
    rmSync(join(root, 'removed'));
    // Whatever is newer than the record is read.
    utimesSync(record, 0, 0);
    expect(observe()).toEqual({
      known: true,
      value: {
        runc: {
          sha256: 'a'.repeat(64),
          files: names.map(name => join(root, name)),
          changed: ['edited', 'removed', 'with-another-mode'].map(name => join(root, name)),
        },
      },
    });
  });

  test('its program keeps the mark that ends its answer', () => {
    const { records } = archives.items;
    expect(records?.kind === 'sh' && / ?\bm=/.test(records.script)).toBe(false);
  });

  test('cannot be told without root', () => {
    const records = { exitCode: 0, bytes: Buffer.from('hidden\n'), truncated: false };
    expect(() => archives.parse({ records }, { ...context, root: false, noRootReason: 'no sudo' })).toThrow(
      /needs root/,
    );
  });
});
