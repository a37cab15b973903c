import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../../apply/download.ts';
import type { DesiredNode, DesiredRegistry } from '../../../core/desired.ts';
import { NodeprepError } from '../../../core/errors.ts';
import { fullImageName } from '../../../core/image-name.ts';
import { pathOf, upstreamHost } from '../../../core/registry-name.ts';
import type { BundleManifest } from '../../../plan/bundle/manifest.ts';
import type { HttpOptions } from './http.ts';
import { imageArchive } from './image-archive.ts';
import { type ImageAt, pullImage, sha256Of } from './registry.ts';

type Entry = NonNullable<BundleManifest['images']>[number];

export interface FetchImagesOptions {
  /** Of the bundle in the making. */
  readonly directory: string;
  /** `uname -m` of the hosts; [] = not known. */
  readonly machines: readonly string[];
  readonly signal: AbortSignal;
}

const architectures: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };

/** The sandbox images that no archive of the inventory holds, once each for every kind of machine. */
export const fetchImages = async (
  hosts: readonly DesiredNode[],
  { directory, machines, signal }: FetchImagesOptions,
): Promise<Entry[]> => {
  const wanting = new Map(
    hosts
      .filter(({ runtime }) => runtime.archives?.sandboxImage === undefined)
      .map(({ runtime }) => [fullImageName(runtime.sandboxImage), runtime.registries] as const),
  );
  const entries: Entry[] = [];
  for (const [image, registries] of wanting) {
    const options = { registries, directory, signal };
    if (machines.length > 0) {
      for (const machine of new Set(machines)) entries.push(await fetchImage(image, machine, options));
    } else entries.push(...(await fetchAny(image, options)));
  }
  return entries;
};

interface ImageOptions extends Omit<FetchImagesOptions, 'machines'> {
  readonly registries: readonly DesiredRegistry[];
}

/** Where nobody has said which machines it is for: for each kind that there is one for. */
const fetchAny = async (image: string, options: ImageOptions): Promise<readonly Entry[]> => {
  const entries: Entry[] = [];
  const failures: unknown[] = [];
  for (const machine of Object.keys(architectures)) {
    try {
      entries.push(await fetchImage(image, machine, options));
    } catch (error) {
      failures.push(error);
    }
  }
  if (entries.length === 0) throw failures[0];
  return entries;
};

const fetchImage = async (
  image: string,
  machine: string,
  { registries, directory, signal }: ImageOptions,
): Promise<Entry> => {
  const architecture = architectures[machine];
  if (architecture === undefined) throw noImage(image, `nodeprep knows no images for machines of ${machine}`);
  if (image.includes('@'))
    throw noImage(image, 'a file of an image carries a tag, and this one is named by its digest');
  const options: HttpOptions = { signal, trustOf: host => trustOf(host, registries) };
  const failures: string[] = [];
  for (const at of placesOf(image, registries)) {
    try {
      const pulled = await pullImage(at, architecture, options);
      const content = imageArchive(image, pulled);
      const file = `archives/${pulled.digest.slice('sha256:'.length, 'sha256:'.length + 12)}-${architecture}.tar`;
      writeFileSync(join(directory, file), content, { flag: 'wx' });
      const { digest } = pulled;
      return { image, machine, digest, source: at.root, file, sha256: sha256Of(content), bytes: content.length };
    } catch (error) {
      if (signal.aborted) throw error;
      failures.push(`${at.root}: ${reasonOf(error)}`);
    }
  }
  throw noImage(image, failures.join('; '));
};

const noImage = (image: string, why: string): NodeprepError =>
  new NodeprepError('step-failed', `the sandbox image ${image} cannot be fetched from this machine: ${why}`, {
    hint: 'Name a mirror that has it (runtime.registryMirrors), give it as a file (runtime.archives.sandboxImage), or make the bundle without it: --without-images.',
  });

/** As runtimes look: mirrors in the order of the inventory, then the registry itself. */
const placesOf = (image: string, registries: readonly DesiredRegistry[]): readonly ImageAt[] => {
  const slash = image.indexOf('/');
  const colon = image.lastIndexOf(':');
  const registry = image.slice(0, slash);
  const named = { repository: image.slice(slash + 1, colon), reference: image.slice(colon + 1) };
  const { mirrors = [] } = registries.find(({ name }) => name === registry) ?? registries.find(isAll) ?? {};
  return [
    ...mirrors.map(url => ({ ...named, root: rootOf(url), namespace: registry })),
    { ...named, root: `https://${upstreamHost(registry)}/v2` },
  ];
};

const isAll = ({ name }: DesiredRegistry): boolean => name === '*';

/** A path with /v2/ in it is the whole root of the API. */
const rootOf = (url: string): string => (`${pathOf(url)}/`.includes('/v2/') ? url : `${url}/v2`);

const trustOf = (host: string, registries: readonly DesiredRegistry[]): ReturnType<HttpOptions['trustOf']> => {
  const { ca, skipVerify } = registries.find(({ name }) => upstreamHost(name) === host) ?? {};
  return { ...(ca === undefined ? {} : { ca: ca.text }), ...(skipVerify === undefined ? {} : { skipVerify }) };
};
