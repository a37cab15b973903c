import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

export interface Member {
  readonly path: string;
  readonly content?: string | Buffer;
  /** `0` a file, `1` a hard link, `2` a link, `3` a device, `5` a directory. */
  readonly type?: '0' | '1' | '2' | '3' | '5';
  readonly target?: string;
}

const block = 512;
const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

const header = ({ path, type = '0', target = '' }: Member, size: number): Buffer => {
  const bytes = Buffer.alloc(block);
  bytes.write(path, 0, 100);
  bytes.write(octal(0o755, 7), 100);
  bytes.write(octal(1_000, 7), 108);
  bytes.write(octal(1_000, 7), 116);
  bytes.write(octal(size, 11), 124);
  bytes.write(octal(0, 11), 136);
  // The checksum counts as blanks.
  bytes.write('        ', 148);
  bytes.write(type, 156);
  bytes.write(target, 157, 100);
  bytes.write('ustar\x0000', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)}\0 `, 148);
  return bytes;
};

/** A .tar.gz with whatever a hostile one may hold. */
export const tarball = (members: readonly Member[]): Buffer => {
  const parts = members.flatMap(member => {
    const content = Buffer.from(member.content ?? '');
    return [header(member, content.length), content, Buffer.alloc((block - (content.length % block)) % block)];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * block)]));
};

export const sha256Of = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
