import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openBundle } from '../../../src/commands/bundle/open-bundle.ts';

let directory: string;
const image = 'an image\n';
const sha256 = createHash('sha256').update(image).digest('hex');
const manifest = {
  schemaVersion: 1,
  tool: { name: 'nodeprep', version: '0.0.0' },
  madeAt: '2026-11-21T02:00:00.000Z',
  inventorySha256: sha256,
  hosts: ['host'],
  releases: [],
  archives: [{ component: 'sandboxImage', source: '/pause.tar', file: 'archives/pause.tar', sha256, bytes: 9 }],
};
const write = (list: object | string): void =>
  writeFileSync(join(directory, 'bundle.json'), typeof list === 'string' ? list : JSON.stringify(list));

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nodeprep-bundle-'));
  mkdirSync(join(directory, 'archives'));
  writeFileSync(join(directory, 'archives/pause.tar'), image);
  write(manifest);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a bundle', () => {
  test('is read where all of it is there', async () => {
    await expect(openBundle(directory)).resolves.toMatchObject({ directory, hosts: ['host'] });
  });

  const file = () => join(directory, 'archives/pause.tar');
  test.each<[string, () => void, object]>([
    [
      'another directory',
      () => rmSync(join(directory, 'bundle.json')),
      { code: 'usage', message: expect.stringContaining('is not a bundle: it has no bundle.json') },
    ],
    [
      'no JSON',
      () => write('{'),
      { code: 'plan-refused', message: expect.stringContaining('is not the list of a bundle') },
    ],
    [
      'of a later version',
      () => write({ ...manifest, schemaVersion: 2 }),
      { code: 'plan-refused', message: expect.stringContaining('(schemaVersion)') },
    ],
    [
      'leading out of itself',
      () => write({ ...manifest, archives: [{ ...manifest.archives[0], file: '../pause.tar' }] }),
      { code: 'plan-refused', message: expect.stringContaining('(archives.0.file)') },
    ],
    [
      'cut',
      () => writeFileSync(file(), 'an im'),
      { code: 'plan-refused', message: 'archives/pause.tar of the bundle has 5 bytes, its list says 9' },
    ],
    [
      'altered',
      () => writeFileSync(file(), 'an imago\n'),
      {
        code: 'plan-refused',
        message: expect.stringMatching(/^archives\/pause.tar of the bundle has sha256 [0-9a-f]{64}, its list says/),
      },
    ],
    [
      'robbed',
      () => rmSync(file()),
      { code: 'plan-refused', message: 'the bundle lacks archives/pause.tar, which its list names' },
    ],
  ])('is refused where it is %s', async (_what, spoil, said) => {
    spoil();
    await expect(openBundle(directory)).rejects.toMatchObject(said);
  });
});
