import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeRuns } from '../../src/apply/past-runs.ts';
import { purgeData } from '../../src/apply/purge.ts';
import type { DataOwner } from '../../src/facts/runtime-contents.ts';
import { drive, RUN_ID, settle } from './drive.ts';
import { fileChange, type HostRoot, makeHostRoot } from './host-root.ts';

let host: HostRoot;
beforeEach(() => {
  host = makeHostRoot();
});
afterEach(() => host.remove());

const path = (name: string) => join(host.tree, name);
const make = (...files: readonly string[]): void => {
  for (const file of files) {
    mkdirSync(join(path(file), '..'), { recursive: true });
    writeFileSync(path(file), 'x');
  }
};
const options = () => {
  const connection = host.connect();
  const identity = { runId: '20261121-040000-pppp', holder: 'ops@test' };
  return { open: async () => connection, programs: host.programs, identity, settle };
};
const purge = (owner: DataOwner, name = 'data') => purgeData(options(), [{ owner, path: path(name) }]);

const made = {
  containerd: ['io.containerd.metadata.v1.bolt/meta.db', 'io.containerd.content.v1.content/blobs/a', 'tmpmounts/b'],
  docker: [
    'overlay2/a/diff/b',
    'image/overlay2/c',
    'containers/d/config.v2.json',
    `volumes/${'a1'.repeat(32)}/_data/e`,
  ],
  crio: ['storage/overlay/a/b', 'storage/overlay-images/images.json', 'storage/storage.lock'],
} as const;

describe('data of a runtime that serves no more', () => {
  test.each(['containerd', 'docker', 'crio'] as const)('of %s goes, with its directory', async owner => {
    make(...made[owner].map(file => `data/${file}`));
    expect(await purge(owner)).toEqual([{ path: path('data') }]);
    const directory = owner === 'crio' ? path('data/storage') : path('data');
    expect(existsSync(directory)).toBe(false);
  });

  test('goes without what its runtime did not make, which is named', async () => {
    make(...made.containerd.map(file => `data/${file}`), 'data/backup/of-mine', 'data/notes');
    const [purged] = await purge('containerd');
    expect(purged?.left?.split(' ').toSorted()).toEqual(['backup', 'notes']);
    expect(existsSync(path('data/backup/of-mine'))).toBe(true);
    expect(existsSync(path('data/tmpmounts'))).toBe(false);
  });

  test('goes from where a link leads; links in it are not followed', async () => {
    make('disk/overlay2/a', 'elsewhere/b');
    symlinkSync(path('elsewhere'), path('disk/image'));
    symlinkSync(path('disk'), path('data'));
    expect(await purge('docker')).toEqual([{ path: path('data') }]);
    expect(existsSync(path('disk/overlay2'))).toBe(false);
    expect(existsSync(path('elsewhere/b'))).toBe(true);
    expect(lstatSync(path('data')).isSymbolicLink()).toBe(true);
  });

  test('stays where a container runs from it', async () => {
    make('data/io.containerd.metadata.v1.bolt/meta.db');
    mkdirSync(join(host.root, 'run/containerd/io.containerd.runtime.v2.task/k8s.io/abc'), { recursive: true });
    const [kept] = await purge('containerd');
    expect(kept?.kept).toMatch(/^a container runs from it: .*\/k8s\.io\/abc$/);
    expect(existsSync(path('data/io.containerd.metadata.v1.bolt/meta.db'))).toBe(true);
  });

  test('of an engine stays where live-restore keeps its containers running', async () => {
    make('data/overlay2/a');
    mkdirSync(join(host.root, 'run/containerd/io.containerd.runtime.v2.task/moby/abc'), { recursive: true });
    expect((await purge('docker'))[0]?.kept).toMatch(/\/moby\/abc$/);
  });

  test.each(['site-db', 'cafe', `${'a1'.repeat(31)}zz`])('stays where it holds the volume %s', async volume => {
    make(...made.docker.map(file => `data/${file}`), `data/volumes/${volume}/_data/rows`);
    expect(await purge('docker')).toEqual([
      { path: path('data'), kept: `it holds the volume ${volume}: keep a copy of what is wanted of it, and remove it` },
    ]);
    expect(existsSync(path('data/overlay2/a/diff/b'))).toBe(true);
  });

  test('that is gone by then is no failure; what was removed is written down', async () => {
    expect(await purge('docker')).toEqual([{ path: path('data'), kept: 'is not there any more' }]);
    make('data/overlay2/a');
    await purge('docker');
    expect(readFileSync(join(host.base, 'purged'), 'utf8')).toMatch(/\/tree\/data 20261121-040000-pppp \d+\n$/);
    const { purged } = await describeRuns(options());
    expect(purged).toEqual([{ runId: '20261121-040000-pppp', path: path('data') }]);
  });

  test('waits for a run that works on the host', async () => {
    make('data/overlay2/a');
    await drive(host, [fileChange(path('new'), { state: 'absent' }, 'new\n')], {
      verify: async () => {
        await expect(purge('docker')).rejects.toMatchObject({
          code: 'lock-held',
          message: expect.stringContaining(RUN_ID),
        });
        return { ok: true };
      },
    });
    expect(existsSync(path('data/overlay2/a'))).toBe(true);
  }, 60_000);
});
