import { readFile } from 'node:fs/promises';
import { NodeprepError } from '../core/errors.ts';
import { appendUnderLock } from './append-under-lock.ts';
import type { HostEndpoint } from './endpoint.ts';
import {
  fingerprint,
  formatKnownHost,
  judgeHostKey,
  type KnownHostLine,
  keyTypeOf,
  knownHostName,
  linesFor,
  parseKnownHosts,
} from './known-hosts.ts';

export interface FiledLine extends KnownHostLine {
  readonly path: string;
}

/** known_hosts files of one run: each is read and parsed once, however many hosts ask. */
export interface KnownHostsStore {
  linesOf(endpoint: HostEndpoint): Promise<readonly FiledLine[]>;
  /** Resolves when the key may be trusted; a new one is written down first where the inventory says accept-new. */
  verify(endpoint: HostEndpoint, ofHost: readonly FiledLine[], key: Buffer): Promise<void>;
}

const SIZE_LIMIT_BYTES = 32 * 1024 * 1024;

export const createKnownHostsStore = (): KnownHostsStore => {
  const files = new Map<string, Promise<readonly FiledLine[]>>();
  const read = (path: string): Promise<readonly FiledLine[]> => {
    const lines = files.get(path) ?? readLines(path);
    files.set(path, lines);
    return lines;
  };
  return {
    async linesOf(endpoint) {
      const paths = [endpoint.knownHostsPath, ...(endpoint.globalKnownHostsPaths ?? [])];
      const all = await Promise.all(paths.map(read));
      return linesFor(all.flat(), endpoint.address, endpoint.port);
    },
    async verify(endpoint, ofHost, key) {
      if (judge(endpoint, ofHost, key) === 'known') return;
      await acceptNew(endpoint, ofHost, key);
      files.delete(endpoint.knownHostsPath);
    },
  };
};

const readLines = async (path: string): Promise<readonly FiledLine[]> =>
  parseKnownHosts(await readText(path)).map(line => ({ ...line, path }));

const readText = async (path: string): Promise<string> => {
  try {
    const bytes = await readFile(path);
    if (bytes.length > SIZE_LIMIT_BYTES) throw new Error(`it has more than ${SIZE_LIMIT_BYTES} bytes`);
    return bytes.toString('utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new NodeprepError('host-key-unknown', `${path} cannot be read: ${messageOf(cause)}`, {
      hint: 'Without it no host key can be verified. Correct its permissions, or ssh.knownHosts in the inventory.',
      cause,
    });
  }
};

/** Throws for every key that may not be trusted; `new` is left only under accept-new. */
const judge = (endpoint: HostEndpoint, ofHost: readonly FiledLine[], key: Buffer): 'known' | 'new' => {
  const verdict = judgeHostKey(ofHost, key);
  if (verdict.kind === 'known') return 'known';
  if (verdict.kind === 'revoked') throw revoked(verdict.line, key);
  if (verdict.kind === 'changed') throw changed(endpoint, verdict.line, key);
  if (endpoint.hostKeys === 'strict') throw unknownKey(endpoint, key, verdict.authority);
  return 'new';
};

const acceptNew = async (endpoint: HostEndpoint, ofHost: readonly FiledLine[], key: Buffer): Promise<void> => {
  const { knownHostsPath: path, address, port } = endpoint;
  const elsewhere = ofHost.filter(line => line.path !== path);
  try {
    await appendUnderLock(path, async () => {
      // Another process may have written a key for this host since we read the file.
      const now = linesFor(await readLines(path), address, port);
      return judge(endpoint, [...now, ...elsewhere], key) === 'known' ? undefined : formatKnownHost(address, port, key);
    });
  } catch (cause) {
    if (cause instanceof NodeprepError) throw cause;
    throw new NodeprepError('host-key-unknown', `the new host key cannot be written to ${path}: ${messageOf(cause)}`, {
      hint: 'Correct its permissions, or ssh.knownHosts in the inventory.',
      cause,
    });
  }
};

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

const described = (key: Buffer): string => `${keyTypeOf(key)} ${fingerprint(key)}`;

const sshCommand = ({ address, port, user }: HostEndpoint): string =>
  `ssh ${port === 22 ? '' : `-p ${port} `}${user}@${address} true`;

const changed = (endpoint: HostEndpoint, line: FiledLine, key: Buffer): NodeprepError =>
  new NodeprepError(
    'host-key-changed',
    `host key changed: ${described(line.key)} in ${line.path}:${line.line}, the host shows ${described(key)}`,
    {
      hint: `If the machine was reinstalled:  ssh-keygen -f ${line.path} -R '${knownHostName(endpoint.address, endpoint.port)}'  then compare the new fingerprint with the host's console and run  ${sshCommand(endpoint)}. If not, somebody may be in between.`,
    },
  );

const revoked = (line: FiledLine, key: Buffer): NodeprepError =>
  new NodeprepError(
    'host-key-revoked',
    `the host shows ${described(key)}, which ${line.path}:${line.line} marks @revoked`,
    { hint: 'Give the host a new key, or remove that line if it is wrong.' },
  );

const unknownKey = (endpoint: HostEndpoint, key: Buffer, authority: FiledLine | undefined): NodeprepError => {
  const name = knownHostName(endpoint.address, endpoint.port);
  const certificate =
    authority === undefined
      ? ''
      : ` (${authority.path}:${authority.line} trusts a certificate authority; nodeprep does not support @cert-authority)`;
  return new NodeprepError(
    'host-key-unknown',
    `host key unknown: ${name} shows ${described(key)}, and ${endpoint.knownHostsPath} has no key of it${certificate}`,
    {
      hint: `Compare that with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub on its console), then  ${sshCommand(endpoint)}, or set ssh.hostKeys: accept-new in the inventory.`,
    },
  );
};
