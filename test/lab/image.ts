import { createHash } from 'node:crypto';
import { type TarEntry, tar } from './tar.ts';

export interface Image {
  /** Under which a runtime knows it. */
  readonly names: readonly string[];
  readonly programs: readonly (Omit<TarEntry, 'mode'> & Partial<Pick<TarEntry, 'mode'>>)[];
  readonly entrypoint?: readonly string[];
  /** Who runs it: `1003:1004`. */
  readonly user?: string;
  /** What asks its first process to end, if not SIGTERM. */
  readonly stopSignal?: string;
}

/** Images of static programs, as `ctr image import` and `docker load` read them. No registry. */
export function imageArchive(images: readonly Image[]): Buffer {
  const packed = images.map(pack);
  const manifest = packed.map(({ entry }) => entry);
  return tar([
    ...packed.flatMap(({ files }) => files),
    { path: 'manifest.json', mode: 0o644, content: Buffer.from(JSON.stringify(manifest)) },
  ]);
}

/** What an image is made of: its one layer, and what says how to run it. */
export function imageParts(image: Image): { layer: Buffer; digest: string; config: Buffer } {
  const { programs, entrypoint = [], user = '', stopSignal = 'SIGTERM' } = image;
  const layer = tar(programs.map(program => ({ mode: 0o755, ...program })));
  const digest = sha256(layer);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : 'arm64',
      os: 'linux',
      config: {
        User: user,
        Entrypoint: entrypoint,
        Env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
        StopSignal: stopSignal,
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    }),
  );
  return { layer, digest, config };
}

function pack(image: Image): { entry: object; files: TarEntry[] } {
  const { layer, digest, config } = imageParts(image);
  const { names } = image;
  const configFile = `${sha256(config)}.json`;
  const layerFile = `${digest}.tar`;
  return {
    entry: { Config: configFile, RepoTags: names, Layers: [layerFile] },
    files: [
      { path: layerFile, mode: 0o644, content: layer },
      { path: configFile, mode: 0o644, content: config },
    ],
  };
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
