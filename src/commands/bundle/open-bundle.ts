import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sumOf } from '../../apply/push-archives.ts';
import type { PackageSupply } from '../../apply/push-packages.ts';
import { NodeprepError } from '../../core/errors.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import { type BundleManifest, bundleFile, bundleSchema, type Content, contentsOf } from '../../plan/bundle/manifest.ts';
import { type BundleContents, releaseFor } from '../../plan/bundle/offline-plan.ts';
import { fileReason } from '../private-file.ts';

const largestBytes = 16 * 1024 * 1024;

/** Reads a bundle and every sum of it, before any host is asked: `usage` where it is none, `plan-refused` where it is not whole. */
export const openBundle = async (path: string): Promise<BundleContents> => {
  const directory = resolve(path);
  const manifest = readManifest(directory);
  for (const content of contentsOf(manifest)) await requireWhole(directory, content);
  return { ...manifest, directory };
};

const readManifest = (directory: string): BundleManifest => {
  const path = join(directory, bundleFile);
  const parsed = bundleSchema.safeParse(parseJson(readText(path, directory)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')})`;
  throw notWhole(`${path} is not the list of a bundle that this nodeprep reads${where}: ${issue?.message ?? ''}`);
};

const readText = (path: string, directory: string): string => {
  try {
    if (statSync(path).size <= largestBytes) return readFileSync(path, 'utf8');
  } catch (cause) {
    const message = `${directory} is not a bundle: it has no ${bundleFile} that can be read (${fileReason(cause)})`;
    throw new NodeprepError('usage', message, {
      hint: 'Make one: nodeprep bundle INVENTORY --from HOST --out DIR',
      cause,
    });
  }
  throw notWhole(`${path} is not the list of a bundle: it is too large`);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const requireWhole = async (directory: string, { file, sha256, bytes }: Content): Promise<void> => {
  const path = join(directory, file);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw notWhole(`the bundle lacks ${file}, which its list names`);
  if (size !== bytes) throw notWhole(`${file} of the bundle has ${size} bytes, its list says ${bytes}`);
  const found = await sumOf(path).catch((cause: unknown) => {
    throw notWhole(`${file} of the bundle cannot be read: ${fileReason(cause)}`);
  });
  if (found !== sha256) throw notWhole(`${file} of the bundle has sha256 ${found}, its list says ${sha256}`);
};

const notWhole = (message: string): NodeprepError =>
  new NodeprepError('plan-refused', message, { hint: 'Copy the bundle again, or make it again: nodeprep bundle.' });

/** What of a bundle is for this host; undefined: nothing is, or nobody knows what the host is. */
export const supplyFor = (
  facts: Pick<ObservedFacts, 'osRelease' | 'kernel'>,
  bundle: BundleContents,
): PackageSupply | undefined => {
  const release = releaseFor(facts, bundle);
  if (release === undefined) return undefined;
  return {
    manager: release.packageManager,
    architecture: release.architecture,
    index: readFileSync(join(bundle.directory, release.index.file), 'utf8'),
    packages: release.packages.map(({ file, ...known }) => ({ ...known, path: join(bundle.directory, file) })),
    hint: `It was resolved on ${release.from}. Make it again with --from this host or one like it, while it reaches its package sources.`,
  };
};
