import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openDownload, reasonOf } from '../../apply/download.ts';
import type { DesiredArchive, DesiredNode } from '../../core/desired.ts';
import { NodeprepError } from '../../core/errors.ts';
import type { BundleManifest } from '../../plan/bundle/manifest.ts';

type Entry = BundleManifest['archives'][number];

/** Every archive and image that these hosts name, once each, into the directory `archives` of the bundle. */
export const fetchArchives = async (
  hosts: readonly DesiredNode[],
  directory: string,
  signal: AbortSignal,
): Promise<readonly Entry[]> => {
  const named = new Map(
    hosts.flatMap(({ runtime }) =>
      Object.entries(runtime.archives ?? {}).map(
        ([component, archive]) => [archive.sha256, { component, archive }] as const,
      ),
    ),
  );
  const entries: Entry[] = [];
  for (const { component, archive } of named.values()) {
    entries.push(await fetchArchive(component, archive, directory, signal));
  }
  return entries;
};

const fetchArchive = async (
  component: string,
  { source, sha256 }: DesiredArchive,
  directory: string,
  signal: AbortSignal,
): Promise<Entry> => {
  const from = source.from === 'url' ? source.url : source.path;
  // The end of a name says how it is packed, for people; nodeprep looks into the file.
  const name = basename(source.from === 'url' ? new URL(source.url).pathname : source.path).replace(
    /[^A-Za-z0-9.+_-]/g,
    '_',
  );
  const file = `archives/${sha256.slice(0, 12)}-${name}`;
  const hash = createHash('sha256');
  let bytes = 0;
  const measured = new Transform({
    transform(block: Buffer, _encoding, done) {
      hash.update(block);
      bytes += block.length;
      done(null, block);
    },
  });
  try {
    const blocks = source.from === 'url' ? await download(source.url, signal) : createReadStream(source.path);
    await pipeline(blocks, measured, createWriteStream(join(directory, file), { flags: 'wx' }), { signal });
  } catch (error) {
    if (error instanceof NodeprepError) throw error;
    throw new NodeprepError(
      'step-failed',
      `the archive of ${component} cannot be fetched from ${from}: ${reasonOf(error)}`,
      {
        hint: `Give runtime.archives.${component} as a file of this machine, or look at whether this machine reaches it.`,
      },
    );
  }
  const found = hash.digest('hex');
  if (found === sha256) return { component, source: from, file, sha256, bytes };
  throw new NodeprepError(
    'plan-refused',
    `the archive of ${component} from ${from} has sha256 ${found}, the inventory says ${sha256}`,
    {
      hint: `Correct runtime.archives.${component}, or look at what is served there.`,
    },
  );
};

const download = async (url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> => {
  const { ok, status, body } = await openDownload(url, { signal });
  if (ok && body !== null) return body;
  throw new Error(`the server answers ${status}`);
};
