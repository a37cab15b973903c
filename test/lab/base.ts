import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ensureFront } from './front.ts';
import { ensureKey, publicKey } from './keys.ts';
import { makeLayer } from './layer.ts';
import { withLock } from './lock.ts';
import { machineMirrors } from './mirrors.ts';
import { configureScript, PACKAGES } from './recipe.ts';
import { listRecords } from './record.ts';
import { LabError, must, run } from './run.ts';
import { FRONT_URL, LAB_DIR, type Suite } from './settings.ts';

// Checks treat lists older than a day as absent; half of that leaves a node room to grow old in.
const LISTS_FRESH_MS = 12 * 3600_000;

export interface BaseOptions {
  suite: Suite;
  /** Packages that the node has from the start; kept as a layer, so that only the first node waits for them. */
  packages?: readonly string[];
  log?: (line: string) => void;
}

/** The read-only layers of a node, top first: packages, package lists of today, the base root. */
export async function ensureBase({ suite, packages = [], log = () => {} }: BaseOptions): Promise<string[]> {
  const base = await ensureRoot(suite, log);
  const lists = await ensureLists(base, log);
  const layers = [lists, join(base, 'root')];
  return packages.length === 0 ? layers : [await ensurePackages(base, layers, packages, log), ...layers];
}

async function ensureRoot(suite: Suite, log: (line: string) => void): Promise<string> {
  await ensureKey();
  const base = join(LAB_DIR, 'bases', `${suite}-${await recipeHash(suite)}`);
  if (existsSync(base)) return base;
  return withLock(`base-${suite}`, async () => {
    if (existsSync(base)) return base;
    await ensureFront();
    const part = `${base}.part`;
    remove(part);
    mkdirSync(part, { recursive: true });
    log(`building the ${suite} base root, about a minute …`);
    await debootstrap(suite, join(part, 'root'));
    await must('chroot', [join(part, 'root'), 'sh', '-eu'], { input: await configure(suite) });
    renameSync(part, base);
    return base;
  });
}

async function debootstrap(suite: Suite, root: string): Promise<void> {
  const args = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, suite, root, `${FRONT_URL}/debian`];
  // An own mount namespace: whatever debootstrap mounts is gone with it, also when it is killed.
  await must('unshare', ['--mount', '--propagation', 'private', 'debootstrap', ...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
  });
}

async function configure(suite: Suite): Promise<string> {
  return configureScript({
    suite,
    authorizedKey: await publicKey(),
    security: machineMirrors()?.security !== undefined,
    aptSettings: await machineAptSettings(),
  });
}

async function recipeHash(suite: Suite): Promise<string> {
  return createHash('sha256')
    .update(PACKAGES.join() + (await configure(suite)))
    .digest('hex')
    .slice(0, 10);
}

// A machine whose apt accepts old release files (a frozen mirror, a clock of its own) needs nodes that do so too.
async function machineAptSettings(): Promise<string> {
  const { stdout } = await run('apt-config', ['dump']);
  return stdout
    .split('\n')
    .filter(line => /^Acquire::Check-(Valid-Until|Date) /.test(line))
    .join('\n');
}

/** `apt-get update` as a layer of its own: the base stays untouched while nodes run on it. */
async function ensureLists(base: string, log: (line: string) => void): Promise<string> {
  const directory = join(base, 'lists');
  const fresh = (): string | undefined => {
    const newest = stamps(directory).at(-1);
    if (newest === undefined || Date.now() - Number(newest) > LISTS_FRESH_MS) return undefined;
    return join(directory, newest);
  };
  const known = fresh();
  if (known !== undefined) return known;
  return withLock(`lists-${basename(base)}`, async () => {
    const other = fresh();
    if (other !== undefined) return other;
    await ensureFront();
    log('refreshing the package lists …');
    const stamp = join(directory, String(Date.now()));
    await makeLayer([join(base, 'root')], stamp, 'apt-get update -qq --error-on=any');
    removeUnused(directory);
    return stamp;
  });
}

async function ensurePackages(
  base: string,
  layers: string[],
  packages: readonly string[],
  log: (line: string) => void,
): Promise<string> {
  const names = [...packages].sort();
  const stamp = basename(layers[0] ?? '');
  const layer = join(base, 'packages', `${stamp}-${names.join('_').slice(0, 100)}`);
  if (existsSync(layer)) return layer;
  return withLock(`packages-${basename(base)}`, async () => {
    if (existsSync(layer)) return layer;
    await ensureFront();
    log(`installing ${names.join(' ')} for all nodes that ask for it …`);
    await makeLayer(layers, layer, `apt-get install -qq -y ${names.join(' ')} && apt-get clean`);
    removeUnused(join(base, 'packages'));
    return layer;
  });
}

/** Layers of earlier days go once no node stands on them; an hour's grace for one that is just being booted. */
function removeUnused(directory: string): void {
  const inUse = listRecords().flatMap(record => record.layers);
  for (const name of readdirSync(directory)) {
    const layer = join(directory, name);
    const isOld = Date.now() - Number.parseInt(name, 10) > LISTS_FRESH_MS + 3600_000;
    if (isOld && !inUse.includes(layer)) remove(layer);
  }
}

function stamps(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter(name => /^\d+$/.test(name))
    .sort();
}

/** Takes the base roots away that no node stands on, so that the next boot builds them anew. */
export function removeBases(): void {
  const inUse = listRecords().flatMap(record => record.layers);
  for (const { name } of listBases()) {
    const base = join(LAB_DIR, 'bases', name);
    if (!inUse.some(layer => layer.startsWith(`${base}/`))) remove(base);
  }
}

/** Base roots on disk. */
export function listBases(): { name: string; built: Date }[] {
  const directory = join(LAB_DIR, 'bases');
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map(name => ({ name, built: statSync(join(directory, name)).mtime }));
}

function remove(directory: string): void {
  if (!directory.startsWith(LAB_DIR)) throw new LabError(`${directory} is not in the lab`);
  rmSync(directory, { recursive: true, force: true });
}

/** Why a suite cannot be booted here, or undefined. sid moves daily: a root that cannot be built is a stated skip. */
export async function baseProblem(suite: Suite): Promise<string | undefined> {
  try {
    await ensureBase({ suite });
    return undefined;
  } catch (error) {
    return `no ${suite} root: ${error instanceof Error ? error.message : String(error)}`;
  }
}
