import { type PulledImage, sha256Of } from './registry.ts';

/** As `docker save` lays an image out, which every runtime's tools load. The same image gives the same bytes. */
export const imageArchive = (name: string, { config, layers }: PulledImage): Buffer => {
  const configFile = `${sha256Of(config)}.json`;
  const layerFiles = layers.map(layer => [`${sha256Of(layer)}.tar`, layer] as const);
  const list = [{ Config: configFile, RepoTags: [name], Layers: layerFiles.map(([file]) => file) }];
  const files = new Map<string, Buffer>([
    ...layerFiles,
    [configFile, config],
    ['manifest.json', Buffer.from(JSON.stringify(list))],
  ]);
  return Buffer.concat([...[...files].flatMap(([file, content]) => tarEntry(file, content)), Buffer.alloc(2 * block)]);
};

const block = 512;

/** ustar: a header, and the content filled up to whole blocks. */
const tarEntry = (path: string, content: Buffer): readonly Buffer[] => {
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, width: number): void => {
    header.write(value.toString(8).padStart(width - 1, '0'), at, 'ascii');
  };
  header.write(path, 0, 'ascii');
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write('        0', 148, 'ascii');
  header.write('ustar\u000000', 257, 'ascii');
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  header[154] = 0;
  header[155] = 0x20;
  return [header, content, Buffer.alloc((block - (content.length % block)) % block)];
};
