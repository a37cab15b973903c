import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const template = fileURLToPath(new URL('../../templates/host/collect-rpm.sh', import.meta.url));
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'nodeprep-rpm-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Magic, entries of 16 bytes, data: https://rpm-software-management.github.io/rpm/manual/format_v4.html */
const section = (entries: number, data: number): Buffer => {
  const start = Buffer.from('8eade80100000000', 'hex');
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32BE(entries, 0);
  sizes.writeUInt32BE(data, 4);
  return Buffer.concat([start, sizes, Buffer.alloc(16 * entries + data, 0x61)]);
};
const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);

test.each([
  [1, 8, 3, 100],
  [7, 1109, 60, 70_000],
  [2, 3, 70_001, 1],
])('the package without its payload: %i entries and %i bytes of signatures, %i and %i of header', (...sizes) => {
  const [signatures, signed, entries, data] = sizes;
  const head = Buffer.concat([Buffer.alloc(96, 0x62), padded(section(signatures, signed)), section(entries, data)]);
  const file = join(directory, 'a.rpm');
  writeFileSync(file, Buffer.concat([head, Buffer.alloc(5_000, 0x63)]));
  const { stdout, stderr } = spawnSync('sh', ['-c', `. ${template}; rpm_head ${file}`], { maxBuffer: 10_000_000 });
  expect(stderr.toString()).toBe('');
  expect(stdout.equals(head)).toBe(true);
});
