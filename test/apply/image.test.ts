import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ImageChange } from '../../src/changes/change.ts';
import { drive, RUN_ID } from './drive.ts';
import { runEngine } from './engine-alone.ts';
import { type HostRoot, makeHostRoot } from './host-root.ts';
import { sha256Of, tarball } from './tarball.ts';

const wanted = 'registry.example.com/pause:3.10';
const dockerArchive = tarball([
  { path: 'manifest.json', content: JSON.stringify([{ Config: 'c.json', RepoTags: [wanted, 'busybox'], Layers: [] }]) },
]);
const ociArchive = tarball([
  { path: './oci-layout', content: '{}' },
  {
    path: './index.json',
    content: JSON.stringify({ manifests: [{ annotations: { 'io.containerd.image.name': wanted } }] }, null, 2),
  },
]);
const otherArchive = tarball([
  { path: 'manifest.json', content: JSON.stringify([{ RepoTags: ['registry.example.com/pause:3.9', 'busybox'] }]) },
]);

/** Keeps images in a file, as `NAME DIGEST`; adds, as CRI does, a name by the digest. */
const ctr = (root: string): string => `#!/bin/sh
images=${root}/images
touch "$images"
case "$*" in
  *' images ls') echo 'REF TYPE DIGEST SIZE'; sed 's/ / application\\/vnd.oci /; s/$/ 2.6 KiB/' "$images" ;;
  *' images import '*) printf '${wanted} sha256:11\\nsha256:aa sha256:11\\n' >>"$images" ;;
  *' images label '*) printf '%s\\n' "$*" >>${root}/labels ;;
  *' images rm '*) for name do :; done; grep -v "^$name " "$images" >"$images.new"; mv "$images.new" "$images" ;;
  *) exit 1 ;;
esac
`;

/** The engine's API, as curl speaks to it: untagged images, and tags of Docker Hub without a registry. */
const curl = (root: string): string => `#!/bin/sh
images=${root}/images
case "$*" in
  *'http://docker/images/json') printf '[{"Containers":-1,"Id":"sha256:33","Labels":null,"RepoTags":[]}'
    while read -r name id; do printf ',{"Containers":-1,"Id":"%s","Labels":null,"RepoTags":["%s"]}' "$id" "\${name#docker.io/library/}"; done <"$images"
    printf ']' ;;
  *'-X POST '*'-T '*'http://docker/images/load?quiet=1') echo '${wanted} sha256:11' >>"$images" ;;
  *'-X DELETE '*) for url do :; done; grep -v "^\${url#http://docker/images/} " "$images" >"$images.new"; mv "$images.new" "$images" ;;
  *) exit 22 ;;
esac
`;

let host: HostRoot;
const images = () => readFileSync(join(host.root, 'images'), 'utf8');
const incoming = (content: Buffer): string => {
  const sha256 = sha256Of(content);
  mkdirSync(join(host.base, 'incoming'), { recursive: true, mode: 0o700 });
  writeFileSync(join(host.base, 'incoming', sha256), content);
  return sha256;
};
const image = (content: Buffer, rest: Partial<ImageChange> = {}): ImageChange => ({
  kind: 'image',
  id: `image:${wanted}`,
  target: wanted,
  summary: 'a test',
  because: 'a test',
  disruption: 'none',
  reversible: true,
  phase: 'stage',
  component: 'sandboxImage',
  image: wanted,
  loader: 'ctr',
  source: { from: 'file', path: pathOf(content) },
  sha256: incoming(content),
  ...rest,
});
const pathOf = (content: Buffer): string => {
  const path = join(host.root, `${sha256Of(content)}.tar`);
  writeFileSync(path, content);
  return path;
};

beforeEach(() => {
  host = makeHostRoot();
  const bin = join(host.root, 'bin');
  mkdirSync(bin);
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  writeFileSync(join(bin, 'ctr'), ctr(host.root), { mode: 0o755 });
  writeFileSync(join(bin, 'curl'), curl(host.root), { mode: 0o755 });
  writeFileSync(join(host.root, 'images'), 'docker.io/library/other:1 sha256:22\n');
});
afterEach(() => {
  vi.unstubAllEnvs();
  host.remove();
});

describe('an image archive', () => {
  test.each([
    ['of docker', dockerArchive],
    ['as an OCI layout', ociArchive],
  ])('%s is loaded, pinned, and goes with all that the runtime calls it', async (_what, content) => {
    const before = images();
    const run = await drive(host, [image(content)]);
    expect(run.progress.failure).toBeUndefined();
    expect(run.end).toEqual({ kind: 'settled', word: 'committed' });
    expect(images()).toContain(`${wanted} sha256:11\n`);
    expect(readFileSync(join(host.root, 'labels'), 'utf8')).toBe(
      `-a ${host.root}/run/containerd/containerd.sock -n k8s.io images label ${wanted} io.cri-containerd.pinned=pinned\n`,
    );
    expect(runEngine(host, RUN_ID, 'rollback')).toMatchObject({ code: 0 });
    expect(images()).toBe(before);
  });

  test("goes into containerd by its client under SUSE's name", async () => {
    renameSync(join(host.root, 'bin', 'ctr'), join(host.root, 'bin', 'containerd-ctr'));
    const run = await drive(host, [image(dockerArchive)]);
    expect(run.progress.failure).toBeUndefined();
    expect(images()).toContain(`${wanted} sha256:11\n`);
  });

  test('goes into Docker over its socket, and out of it', async () => {
    const before = images();
    const run = await drive(host, [image(dockerArchive, { loader: 'docker' })]);
    expect(run.progress.failure).toBeUndefined();
    expect(images()).toBe(`${before}${wanted} sha256:11\n`);
    expect(runEngine(host, RUN_ID, 'rollback')).toMatchObject({ code: 0 });
    expect(images()).toBe(before);
  });

  test('that holds others is refused with what it holds', async () => {
    const run = await drive(host, [image(otherArchive)]);
    expect(run.progress.failure).toMatchObject({
      event: 'mismatch',
      reason: expect.stringContaining(
        `does not hold ${wanted}; it holds: docker.io/library/busybox:latest registry.example.com/pause:3.9`,
      ),
    });
    expect(run.end).toEqual({ kind: 'settled', word: 'unchanged' });
  });

  test('that is none is told as such', async () => {
    const run = await drive(host, [image(Buffer.from('<html>not found</html>'))]);
    expect(run.progress.failure?.reason).toContain('is not a tar archive that can be read');
    expect(run.end).toEqual({ kind: 'settled', word: 'unchanged' });
  });
});
