import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const template = fileURLToPath(new URL('../../templates/host/image.sh', import.meta.url));
let store: string;

beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'nodeprep-store-'));
});
afterEach(() => rmSync(store, { recursive: true, force: true }));

/** What the host program finds in the store of CRI-O where there is no podman to ask. */
const stored = (): string => {
  const program = `. ${template}; IMAGE_STORE=${store}; command() { return 1; }; image_stored`;
  const { stdout, stderr } = spawnSync('sh', ['-c', program], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
};
const lay = (driver: string, text: string): void => {
  mkdirSync(join(store, `${driver}-images`));
  writeFileSync(join(store, `${driver}-images`, 'images.json'), text);
};

/** As skopeo 1.18 of Debian 13 writes them, abridged: one line without an end. */
const image = (id: string, ...names: readonly string[]): string =>
  `{"id":"${id}","digest":"sha256:a43236","names":${JSON.stringify(names)},"names-history":["registry.k8s.io/pause:3.9"],"layer":"d012e7","metadata":"{}","big-data-names":["sha256:${id}","manifest"],"created":"2026-11-22T01:53:26.166121725Z"}`;

test('an image in the store of CRI-O is found by every name', () => {
  expect(stored()).toBe('');
  lay('overlay', `[${image('644df2', 'registry.k8s.io/pause:3.10.1')}]`);
  expect(stored()).toBe('registry.k8s.io/pause:3.10.1 644df2\n');
  lay('vfs', `[${image('1a', 'a.example/x:1', 'b.example/x:1')},${image('2b', 'c.example/y:2')}]`);
  expect(stored().trimEnd().split('\n').slice(1)).toEqual(['a.example/x:1 1a', 'b.example/x:1 1a', 'c.example/y:2 2b']);
});
