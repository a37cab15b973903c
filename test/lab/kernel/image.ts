import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBase } from '../base.ts';
import { ensureFront } from '../front.ts';
import { withLock } from '../lock.ts';
import { must } from '../run.ts';
import type { Suite } from '../settings.ts';
import { accelerator } from './accelerator.ts';
import { kernelScript, selinuxCommandLine, selinuxScript } from './recipe.ts';
import { listKernelRecords } from './record.ts';
import { COMMAND_LINE, DISK_SIZE, IMAGES_DIR } from './settings.ts';
import { makeSnapshot } from './snapshot.ts';

export interface ImageOptions {
  suite: Suite;
  packages?: readonly string[];
  /** Debian's SELinux policy, every file labelled, permissive: `setenforce 1` is the test's to say. */
  selinux?: boolean;
  log?: (line: string) => void;
}

// Package lists age out of use after half a day, and images with them.
const IMAGE_AGE_MS = 13 * 3600_000;

/** A booted machine to go on from (disk, memory), built when it is not there: two minutes under TCG. */
export async function ensureImage({
  suite,
  packages = [],
  selinux = false,
  log = () => {},
}: ImageOptions): Promise<string> {
  const layers = await ensureBase({ suite, log });
  const script = kernelScript([...packages].sort()) + (selinux ? selinuxScript : '');
  const image = join(IMAGES_DIR, `${suite}-${await imageHash(layers, script)}`);
  if (existsSync(image)) return image;
  return withLock(`kernel-image-${suite}`, async () => {
    if (existsSync(image)) return image;
    await ensureFront();
    removeUnused();
    const part = `${image}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(join(part, 'upper'), { recursive: true });
    log(`building the ${suite} kernel image …`);
    await buildDisk(layers, script, part);
    if (selinux) writeFileSync(join(part, COMMAND_LINE), selinuxCommandLine);
    log('booting it once, for the snapshot that nodes start from …');
    await makeSnapshot(part);
    renameSync(part, image);
    return image;
  });
}

async function imageHash(layers: readonly string[], script: string): Promise<string> {
  const qemu = await must('qemu-system-x86_64', ['--version']);
  // A memory snapshot fits the QEMU and the accelerator that made it.
  const key = [...layers, script, DISK_SIZE, qemu, await accelerator()].join('\n');
  return createHash('sha256').update(key).digest('hex').slice(0, 10);
}

// An own mount namespace: the mounts are gone with it, also when we are killed. mke2fs reads the tree, no loop device.
async function buildDisk(layers: readonly string[], script: string, directory: string): Promise<void> {
  const build = `
cd ${directory}
mkdir work root
mount -t overlay overlay -o lowerdir=${layers.join(':')},upperdir=upper,workdir=work root
mount -t proc proc root/proc
chroot root sh -eu
umount root/proc
cp -L root/vmlinuz root/initrd.img .
mke2fs -q -t ext4 -d root base.raw ${DISK_SIZE}
umount root
rm -rf upper work root
qemu-img create -q -f qcow2 -F raw -b base.raw disk.qcow2`;
  await must('unshare', ['--mount', '--propagation', 'private', 'sh', '-euc', build], { input: script });
}

function removeUnused(): void {
  if (!existsSync(IMAGES_DIR)) return;
  const inUse = new Set(listKernelRecords().map(record => record.image));
  for (const image of readdirSync(IMAGES_DIR).map(name => join(IMAGES_DIR, name))) {
    const age = Date.now() - statSync(image).mtimeMs;
    if (age > IMAGE_AGE_MS && !inUse.has(image)) rmSync(image, { recursive: true, force: true });
  }
}

/** Takes the images away that no node stands on. */
export function removeImages(): void {
  if (!existsSync(IMAGES_DIR)) return;
  const inUse = new Set(listKernelRecords().map(record => record.image));
  for (const image of readdirSync(IMAGES_DIR).map(name => join(IMAGES_DIR, name))) {
    if (!inUse.has(image)) rmSync(image, { recursive: true, force: true });
  }
}
