import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { NodeprepError } from '../core/errors.ts';
import type { HostEndpoint, SecretSource } from './endpoint.ts';
import { isPublicKey, publicHalf } from './public-half.ts';

/** What `identities` needs of a parsed key; ssh2 makes them. */
export interface PrivateKey {
  isPrivateKey(): boolean;
}

export type KeyParser<K extends PrivateKey> = (bytes: Buffer, passphrase?: string) => K | Error;

export interface Identities<K> {
  readonly keys: readonly { readonly path: string; readonly key: K }[];
  /** Why a key was left out; part of the message when nobody lets us in. */
  readonly notes: readonly string[];
  /** The public half of the configured key where only the agent may hold the private one: what it is to be asked for first. */
  readonly fromAgent?: Buffer;
}

/** Private keys of one run: decrypting one costs 100 ms and more, so each is read once, however many hosts use it. */
export type IdentityStore<K> = (endpoint: HostEndpoint) => Promise<Identities<K>>;

const SIZE_LIMIT_BYTES = 256 * 1024;

export const createIdentityStore = <K extends PrivateKey>(parse: KeyParser<K>): IdentityStore<K> => {
  const loaded = new Map<string, Promise<K>>();
  const load = (path: string, passphrase: SecretSource | undefined): Promise<K> => {
    const id = JSON.stringify([path, passphrase?.id]);
    const key = loaded.get(id) ?? loadKey(path, parse, passphrase);
    loaded.set(id, key);
    return key;
  };
  const loadOptional = async (path: string, passphrase: SecretSource | undefined): Promise<K | string | undefined> => {
    try {
      return await load(path, passphrase);
    } catch (error) {
      if (!(error instanceof NodeprepError)) throw error;
      return isMissing(error) ? undefined : error.message;
    }
  };

  return async endpoint => {
    const { identityFile, passphrase, agent } = endpoint;
    // An encrypted key may be in the agent, so it stops us only where there is none.
    if (identityFile !== undefined && agent === undefined)
      return { keys: [{ path: identityFile, key: await load(identityFile, passphrase) }], notes: [] };
    const half = identityFile === undefined ? undefined : await readPublicHalf(identityFile);
    if (half?.alone) return { keys: [], notes: [], fromAgent: half.key };
    const paths = identityFile === undefined ? (endpoint.defaultIdentityFiles ?? []) : [identityFile];
    const keys: { path: string; key: K }[] = [];
    const notes: string[] = [];
    for (const path of paths) {
      const key = await loadOptional(path, passphrase);
      if (typeof key === 'string') notes.push(key);
      else if (key !== undefined) keys.push({ path, key });
    }
    return { keys, notes, ...(half === undefined || keys.length > 0 ? {} : { fromAgent: half.key }) };
  };
};

/** `alone`: the file is that of a public key. Whatever else is wrong with the file is told by who reads the private key. */
const readPublicHalf = async (path: string): Promise<{ readonly key: Buffer; readonly alone: boolean } | undefined> => {
  for (const file of [path, `${path}.pub`]) {
    const text = await readFile(file, 'latin1').catch(() => '');
    const key = publicHalf(text);
    if (key !== undefined) return { key, alone: file === path && isPublicKey(text) };
  }
  return undefined;
};

const loadKey = async <K extends PrivateKey>(
  path: string,
  parse: KeyParser<K>,
  passphrase: SecretSource | undefined,
): Promise<K> => {
  const bytes = await readKeyFile(path);
  const plain = parse(bytes);
  if (!(plain instanceof Error)) return requirePrivate(plain, path);
  if (!isEncrypted(plain))
    throw unreadable(path, `is no private key that nodeprep can read (${plain.message})`, WANTED);
  if (passphrase === undefined)
    throw unreadable(
      path,
      'is encrypted and no passphrase is configured',
      'Set ssh.passphrase in the inventory (env, file, command or prompt), or load the key into an agent: ssh-add',
    );
  const key = parse(bytes, await passphrase.read());
  if (!(key instanceof Error)) return requirePrivate(key, path);
  throw unreadable(path, `cannot be decrypted with the passphrase from ${passphrase.id}`, `Correct ${passphrase.id}.`);
};

const WANTED = 'Give an OpenSSH or PEM private key (ed25519, ecdsa or rsa); ssh-keygen -p -f FILE rewrites an old one.';

const readKeyFile = async (path: string): Promise<Buffer> => {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw unreadable(path, 'is not a file', 'Correct ssh.identityFile in the inventory.');
    if (found.size > SIZE_LIMIT_BYTES) throw unreadable(path, 'is too large for a key', WANTED);
    // OpenSSH's rule (sshkey_perm_ok): only our own files are judged.
    if (found.uid === userInfo().uid && (found.mode & 0o077) !== 0)
      throw unreadable(path, 'can be read by others', `chmod 600 ${path}`);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof NodeprepError) throw cause;
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const why = missing
      ? 'does not exist'
      : `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
    throw unreadable(
      path,
      why,
      'Correct ssh.identityFile in the inventory, or make a key: ssh-keygen -t ed25519',
      cause,
    );
  }
};

const requirePrivate = <K extends PrivateKey>(key: K, path: string): K => {
  if (key.isPrivateKey()) return key;
  throw unreadable(path, 'is a public key', `Give the private one: ${path.replace(/\.pub$/, '')}`);
};

/** ssh2 has no code for it: "Encrypted private OpenSSH key detected, but no passphrase given" and the like. */
const isEncrypted = (error: Error): boolean => /no passphrase given|encrypted/i.test(error.message);

const isMissing = (error: NodeprepError): boolean =>
  error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ENOENT';

const unreadable = (path: string, why: string, hint: string, cause?: unknown): NodeprepError =>
  new NodeprepError('key-unreadable', `the private key ${path} ${why}.`, { hint, cause });
