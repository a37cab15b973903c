import { createHash } from 'node:crypto';

/** A primary key of a keyring (RFC 4880); subkeys belong to theirs. */
export interface PublicKey {
  /** 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
  /** Seconds since the epoch, as its newest self-signature says; null = never. */
  readonly expiresAtSeconds: number | null;
}

export type PublicKeys =
  | { readonly ok: true; readonly keys: readonly PublicKey[] }
  | { readonly ok: false; readonly problem: string };

/** The keys of a keyring in binary form, as apt's `.gpg` files are. Signatures are not verified: a fingerprint says which key it is. */
export const readPublicKeys = (bytes: Buffer): PublicKeys => {
  const keys: OpenKey[] = [];
  let isPrimary = false;
  for (const packet of packetsOf(bytes)) {
    if (packet === undefined) return { ok: false, problem: 'it is no OpenPGP key' };
    const { tag, body } = packet;
    if (tag === publicKey) {
      if (body[0] !== 4)
        return { ok: false, problem: `its key has version ${body[0] ?? '?'}, only version 4 is known` };
      if (body.length < 5) return { ok: false, problem: 'its key is cut' };
      keys.push({ body, created: body.readUInt32BE(1), selfSignature: undefined });
    }
    if (tag === publicKey || tag === publicSubkey) isPrimary = tag === publicKey;
    const key = keys.at(-1);
    if (tag !== signature || !isPrimary || key === undefined) continue;
    const made = certification(body);
    if (made !== undefined && made.atSeconds >= (key.selfSignature?.atSeconds ?? 0)) key.selfSignature = made;
  }
  return { ok: true, keys: keys.map(finished) };
};

const [signature, publicKey, publicSubkey] = [2, 6, 14];

interface OpenKey {
  readonly body: Buffer;
  readonly created: number;
  selfSignature: Certification | undefined;
}

interface Certification {
  readonly atSeconds: number;
  /** Seconds after the key was made; 0 = never. */
  readonly lifetime: number;
}

const finished = ({ body, created, selfSignature }: OpenKey): PublicKey => {
  const head = Buffer.from([0x99, body.length >> 8, body.length & 0xff]);
  const lifetime = selfSignature?.lifetime ?? 0;
  return {
    fingerprint: createHash('sha1').update(head).update(body).digest('hex').toUpperCase(),
    expiresAtSeconds: lifetime === 0 ? null : created + lifetime,
  };
};

interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

/** Ends with undefined where the bytes are no packets. */
function* packetsOf(bytes: Buffer): Generator<Packet | undefined> {
  let at = 0;
  while (at < bytes.length) {
    const head = headerAt(bytes, at);
    if (head === undefined || head.start + head.length > bytes.length) return yield undefined;
    yield { tag: head.tag, body: bytes.subarray(head.start, head.start + head.length) };
    at = head.start + head.length;
  }
  if (bytes.length === 0) yield undefined;
}

const headerAt = (bytes: Buffer, at: number): { tag: number; start: number; length: number } | undefined => {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return undefined;
  if (first < 0xc0) {
    const width = [1, 2, 4][first & 3];
    if (width === undefined || at + 1 + width > bytes.length) return undefined;
    return { tag: (first >> 2) & 15, start: at + 1 + width, length: bytes.readUIntBE(at + 1, width) };
  }
  const sized = lengthAt(bytes, at + 1);
  return sized === undefined ? undefined : { tag: first & 63, ...sized };
};

/** One, two or five bytes; partial lengths are for data, never for keys. */
const lengthAt = (bytes: Buffer, at: number): { start: number; length: number } | undefined => {
  const [first, second] = [bytes[at], bytes[at + 1]];
  if (first === undefined) return undefined;
  if (first < 192) return { start: at + 1, length: first };
  if (first < 224 && second !== undefined) return { start: at + 2, length: (first - 192) * 256 + second + 192 };
  return first === 255 && at + 5 <= bytes.length ? { start: at + 5, length: bytes.readUInt32BE(at + 1) } : undefined;
};

/** What a signature over a user id, or over the key itself, says of the key. */
const certification = (body: Buffer): Certification | undefined => {
  const [version, type = 0] = body;
  const isOfKey = (type >= 0x10 && type <= 0x13) || type === 0x1f;
  if (version !== 4 || !isOfKey || body.length < 6) return undefined;
  const end = Math.min(6 + body.readUInt16BE(4), body.length);
  const found = { atSeconds: 0, lifetime: 0 };
  let at = 6;
  while (at < end) {
    const sized = lengthAt(body, at);
    if (sized === undefined || sized.length === 0) break;
    const kind = (body[sized.start] ?? 0) & 0x7f;
    if (sized.length === 5 && sized.start + 5 <= end) {
      if (kind === 2) found.atSeconds = body.readUInt32BE(sized.start + 1);
      if (kind === 9) found.lifetime = body.readUInt32BE(sized.start + 1);
    }
    at = sized.start + sized.length;
  }
  return found;
};

/** The bytes of every block of ASCII armour in a text, checksums left out. */
export const dearmor = (text: string): Buffer =>
  Buffer.concat(
    [...text.matchAll(/^-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n([\s\S]*?)^-----END PGP/gm)].map(([, block = '']) => {
      const lines = block.split(/\r?\n/);
      const body = lines.slice(lines.findIndex(line => line.trim() === '') + 1).filter(line => !line.startsWith('='));
      return Buffer.from(body.join(''), 'base64');
    }),
  );

/** The checksum that ends ASCII armour (RFC 4880, 6.1); rpm wants it, gpg and apt do without. */
export const armorChecksum = (bytes: Buffer): string => {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= 0x1864cfb;
    }
  }
  return `=${Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff]).toString('base64')}`;
};

/** [] = no key that could be read. */
export const publicKeysIn = (bytes: Buffer): readonly PublicKey[] => {
  const read = readPublicKeys(bytes);
  return read.ok ? read.keys : [];
};
