export interface TarEntry {
  path: string;
  mode: number;
  content: Buffer;
  /** A second name of that file, which stands before it; without content. */
  link?: string;
}

const BLOCK = 512;

/** A plain ustar archive of files and hard links that belong to root. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap(entry => [header(entry), entry.content, padding(entry.content.length)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header({ path, mode, content, link = '' }: TarEntry): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(path, 0, 100);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(content.length, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(link === '' ? '        0' : '        1', 148); // the checksum counts as blanks; then the type: a file, a link
  block.write(link, 157, 100);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function padding(length: number): Buffer {
  return Buffer.alloc((BLOCK - (length % BLOCK)) % BLOCK);
}
