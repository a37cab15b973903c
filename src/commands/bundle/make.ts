import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { NodeprepError } from '../../core/errors.ts';
import { escapeText } from '../../core/escape.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { fullImageName } from '../../core/image-name.ts';
import { wantedPackages } from '../../installers/wanted-packages.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';
import { osFamilies } from '../../os/index.ts';
import { type BundleManifest, bundleFile, contentsOf, releaseWords } from '../../plan/bundle/manifest.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { holderName } from '../holder.ts';
import { withConnection } from '../host-connection.ts';
import { openerFor } from '../open-host.ts';
import { fileReason } from '../private-file.ts';
import { newRunId } from '../run-result.ts';
import { resolveTargets } from '../targets.ts';
import { collectRelease } from './collect-release.ts';
import { fetchArchives } from './fetch-archives.ts';
import { fetchImages } from './images/fetch-images.ts';

export interface BundleOptions extends CommonOptions {
  /** Connected hosts, one for each release of the hosts that the bundle is for. */
  readonly from?: readonly string[];
  readonly out: string;
  /** --without-images */
  readonly withoutImages?: boolean;
}

/** Everything that `apply` would fetch, into one directory. Changes no host. */
export const runBundle = async (
  inventoryWord: string,
  options: BundleOptions,
  context: CommandContext,
): Promise<number> => {
  const startedAt = new Date();
  const targets = await resolveTargets([inventoryWord], options.limit);
  const { inventory } = targets;
  const every = [...inventory.hosts, ...(inventory.leftOut ?? [])];
  const from = (options.from ?? []).map(name => hostNamed(name, every));
  requireFrom(inventory.hosts, from);
  const out = resolve(options.out);
  requireFree(out);
  const directory = `${out}.part-${randomBytes(4).toString('hex')}`;
  try {
    for (const name of ['archives', 'packages']) makeDirectory(join(directory, name));
    const desired = inventory.hosts.map(host => host.desired);
    const tell = (text: string) => {
      if (!options.quiet) context.stderr(`${escapeText(text)}\n`);
    };
    const archives = await fetchArchives(desired, directory, context.signal);
    const withImages = options.withoutImages !== true;
    const releases: BundleManifest['releases'] = [];
    const open = openerFor(context);
    const identity = { runId: newRunId(startedAt), holder: holderName() };
    for (const host of from) {
      const release = await withConnection(host, open, async connection =>
        collectRelease(host, await connection.open(), desired, {
          ...{ identity, directory, tell, signal: context.signal },
          isHandedImage: ({ runtime }) => runtime.archives?.sandboxImage !== undefined || withImages,
        }),
      );
      if (release !== undefined) releases.push(release);
    }
    const machines = releases.map(({ machine }) => machine);
    const images = withImages ? await fetchImages(desired, { directory, machines, signal: context.signal }) : [];
    const manifest: BundleManifest = {
      schemaVersion: 1,
      tool: { name: 'nodeprep', version: context.toolVersion },
      madeAt: startedAt.toISOString(),
      inventorySha256: inventory.sha256,
      hosts: inventory.hosts.map(({ name }) => name),
      releases,
      archives: [...archives],
      images,
    };
    writeFileSync(join(directory, bundleFile), `${JSON.stringify(manifest, null, 2)}\n`);
    renameSync(directory, out);
    context.stdout(
      options.output === 'json' ? `${JSON.stringify(manifest)}\n` : summaryOf(manifest, out, inventory.hosts),
    );
    return exitCodes.fine;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const hostNamed = (name: string, hosts: readonly InventoryHost[]): InventoryHost => {
  const host = hosts.find(candidate => candidate.name === name);
  if (host !== undefined) return host;
  throw new NodeprepError('usage', `--from ${name}: the inventory has no host of this name`, {
    hint: 'A connected host that shall not be a node is written into the inventory too, and left out with --limit.',
  });
};

const requireFrom = (hosts: readonly InventoryHost[], from: readonly InventoryHost[]): void => {
  const needing = hosts.find(({ desired }) => osFamilies.some(os => wantedPackages(desired, os).length > 0));
  if (from.length > 0 || needing === undefined) return;
  throw new NodeprepError('usage', `${needing.name} needs packages, and no host is named that can fetch them`, {
    hint: 'Add --from HOST: a host of the inventory with the same release, which reaches its package sources.',
  });
};

/** Whatever is there stays. */
const requireFree = (out: string): void => {
  const found = statSync(out, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory() && readdirSync(out).length === 0) return;
  throw new NodeprepError('usage', `${out} is there already, and nothing is written over`, {
    hint: 'Name another directory with --out, or remove this one first.',
  });
};

const makeDirectory = (path: string): void => {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new NodeprepError('usage', `nothing can be written to ${dirname(path)}: ${fileReason(cause)}`, { cause });
  }
};

const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;

const summaryOf = (manifest: BundleManifest, out: string, hosts: readonly InventoryHost[]): string => {
  const total = contentsOf(manifest).reduce((sum, { bytes }) => sum + bytes, 0);
  const lines = [
    `${out}: ${mebibytes(total)} for ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'}`,
    ...manifest.releases.map(
      release =>
        `  ${releaseWords(release)}: ${release.packages.length} packages: ${release.wanted.map(({ name, version }) => `${name} ${version}`).join(', ')}, and what they need`,
    ),
    ...manifest.archives.map(({ component, bytes, source }) => `  ${component}: ${mebibytes(bytes)} from ${source}`),
    ...(manifest.images ?? []).map(
      ({ image, machine, digest, source }) => `  ${image} for ${machine}, ${digest.slice(0, 19)}… from ${source}`,
    ),
    ...missingImages(manifest, hosts).map(
      image =>
        `  no image ${image}: hosts must have it, or reach a registry; runtime.archives.sandboxImage puts a file of it in`,
    ),
    `Then: nodeprep apply INVENTORY --bundle ${out}`,
  ];
  return escapeText(`${lines.join('\n')}\n`);
};

const missingImages = ({ images = [] }: BundleManifest, hosts: readonly InventoryHost[]): readonly string[] => {
  const wanted = hosts.flatMap(({ desired: { runtime } }) =>
    runtime.archives?.sandboxImage === undefined ? [fullImageName(runtime.sandboxImage)] : [],
  );
  return [...new Set(wanted)].filter(name => !images.some(({ image }) => image === name));
};
