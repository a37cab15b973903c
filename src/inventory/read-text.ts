import { open } from 'node:fs/promises';
import { InventoryError } from './problems.ts';

/** A thousand hosts are about 100 KiB. */
const maxBytes = 5 * 1024 * 1024;

/** A file that cannot be an inventory is a problem of the inventory: the message says which file and why. */
export const readTextFile = async (path: string): Promise<string> => {
  const file = await open(path, 'r').catch(error => refuse(path, reasonOf(error)));
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) refuse(path, 'is a directory, not an inventory');
    if (stats.size > maxBytes) refuse(path, tooLarge);
    return await readText(file.createReadStream({ autoClose: false }), path);
  } catch (error) {
    if (error instanceof InventoryError) throw error;
    return refuse(path, reasonOf(error));
  } finally {
    await file.close();
  }
};

/** Bounded, and only text: what is binary or in another encoding would give baffling YAML errors. */
export const readText = async (stream: AsyncIterable<Uint8Array | string>, name: string): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    length += bytes.length;
    if (length > maxBytes) refuse(name, tooLarge);
    chunks.push(bytes);
  }
  return decode(Buffer.concat(chunks), name);
};

const decode = (bytes: Buffer, name: string): string => {
  const start = bytes.subarray(0, 2).toString('hex');
  if (start === 'fffe' || start === 'feff') refuse(name, 'is UTF-16; save it as UTF-8');
  const zero = bytes.indexOf(0);
  if (zero >= 0) refuse(name, `is not text (zero byte at offset ${zero})`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse(name, 'is not UTF-8 text');
  }
};

const tooLarge = `is larger than ${maxBytes / 1024 / 1024} MiB, which no inventory is`;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file (a part of the path is no directory)',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  ELOOP: 'is a symbolic link that leads back to itself',
  EISDIR: 'is a directory, not an inventory',
  ENXIO: 'is a socket or device, not an inventory',
};

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? `cannot be read (${code === '' ? String(error) : code})`;
};

const refuse = (file: string, message: string): never => {
  throw new InventoryError([{ file, message }]);
};
