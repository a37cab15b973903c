import { createHash, createHmac } from 'node:crypto';

/** One usable line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Malformed lines are left out, as OpenSSH does. */
export interface KnownHostLine {
  /** 1-based, for messages. */
  readonly line: number;
  readonly marker: 'revoked' | 'cert-authority' | undefined;
  /** The first field as it stands: a pattern list or one hashed name. */
  readonly names: string;
  readonly keyType: string;
  readonly key: Buffer;
}

export type HostKeyVerdict<L extends KnownHostLine = KnownHostLine> =
  | { readonly kind: 'known'; readonly line: L }
  | { readonly kind: 'revoked'; readonly line: L }
  /** The host is known by other keys only. */
  | { readonly kind: 'changed'; readonly line: L }
  | { readonly kind: 'unknown'; readonly authority: L | undefined };

export const parseKnownHosts = (text: string): readonly KnownHostLine[] =>
  text.split('\n').flatMap((raw, index) => {
    const line = parseLine(raw.trim(), index + 1);
    return line === undefined ? [] : [line];
  });

const markers = { '@revoked': 'revoked', '@cert-authority': 'cert-authority' } as const;
const isMarker = (word: string | undefined): word is keyof typeof markers =>
  word !== undefined && Object.hasOwn(markers, word);

const parseLine = (text: string, line: number): KnownHostLine | undefined => {
  if (text === '' || text.startsWith('#')) return undefined;
  const words = text.split(/[ \t]+/);
  const first = words[0];
  const marker = isMarker(first) ? markers[first] : undefined;
  if (marker === undefined && first?.startsWith('@')) return undefined;
  const [names, keyType, base64] = marker === undefined ? words : words.slice(1);
  if (names === undefined || keyType === undefined || base64 === undefined) return undefined;
  const key = Buffer.from(base64, 'base64');
  return keyTypeOf(key) === keyType ? { line, marker, names, keyType, key } : undefined;
};

/** The type that a public key in SSH wire format names (RFC 4253, 6.6); empty when it is none. */
export const keyTypeOf = (key: Buffer): string => {
  if (key.length < 4) return '';
  const length = key.readUInt32BE(0);
  return length > 64 || key.length < 4 + length ? '' : key.toString('latin1', 4, 4 + length);
};

/** As `ssh-keygen -l` prints it. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** How known_hosts spells a host: the port only where it is not 22. */
export const knownHostName = (address: string, port: number): string =>
  port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`;

export const matchesName = (names: string, name: string): boolean => {
  if (names.startsWith('|')) return matchesHash(names, name);
  // Most lines are one plain name, and every host of a run is looked for in every line.
  if (!/[*?!,]/.test(names)) return names.toLowerCase() === name;
  const patterns = names.toLowerCase().split(',');
  const hit = (pattern: string): boolean => matchesPattern(pattern, name);
  if (patterns.some(pattern => pattern.startsWith('!') && hit(pattern.slice(1)))) return false;
  return patterns.some(pattern => pattern !== '' && !pattern.startsWith('!') && hit(pattern));
};

/** `|1|salt|HMAC-SHA1(salt, name)`, both base64; 1 is the only kind there is. */
const matchesHash = (hashed: string, name: string): boolean => {
  const [empty, kind, salt, hash] = hashed.split('|');
  if (empty !== '' || kind !== '1' || salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
};

/** `*` any text, `?` one character. Walks with one way back, so that no pattern can make it slow. */
const matchesPattern = (pattern: string, name: string): boolean => {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let position = 0; position < name.length; ) {
    if (pattern[at] === '*') {
      star = at++;
      resume = position;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[position])) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
};

/** The lines about one host; hashing is dear, so do this once per host and ask `judgeHostKey` with the result. */
export const linesFor = <L extends KnownHostLine>(lines: readonly L[], address: string, port: number): readonly L[] => {
  const name = knownHostName(address, port);
  return lines.filter(line => matchesName(line.names, name));
};

export const judgeHostKey = <L extends KnownHostLine>(ofHost: readonly L[], key: Buffer): HostKeyVerdict<L> => {
  const same = ofHost.filter(line => line.key.equals(key));
  const revoked = same.find(line => line.marker === 'revoked');
  if (revoked !== undefined) return { kind: 'revoked', line: revoked };
  const plain = ofHost.filter(line => line.marker === undefined);
  const known = plain.find(line => line.key.equals(key));
  if (known !== undefined) return { kind: 'known', line: known };
  const other = plain.find(line => line.keyType === keyTypeOf(key)) ?? plain[0];
  if (other !== undefined) return { kind: 'changed', line: other };
  return { kind: 'unknown', authority: ofHost.find(line => line.marker === 'cert-authority') };
};

const algorithmsOfType: Readonly<Record<string, readonly string[]>> = {
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

/** Asks first for the kinds of key that known_hosts has of this host, so that a known one is shown (as OpenSSH does). */
export const orderAlgorithms = <A extends string>(ofHost: readonly KnownHostLine[], supported: readonly A[]): A[] => {
  const types = ofHost.filter(line => line.marker === undefined).map(line => line.keyType);
  const preferred = types.flatMap(type => algorithmsOfType[type] ?? [type]);
  const first = supported
    .filter(name => preferred.includes(name))
    .sort((a, b) => preferred.indexOf(a) - preferred.indexOf(b));
  return [...new Set([...first, ...supported])];
};

export const formatKnownHost = (address: string, port: number, key: Buffer): string =>
  `${knownHostName(address, port)} ${keyTypeOf(key)} ${key.toString('base64')}`;
