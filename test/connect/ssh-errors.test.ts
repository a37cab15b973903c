import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { HostEndpoint } from '../../src/connect/endpoint.ts';
import { fingerprint } from '../../src/connect/known-hosts.ts';
import { createSecretGate } from '../../src/connect/secret-gate.ts';
import { openSsh } from '../../src/connect/ssh.ts';
import { blobOf, makeKey, startServer, type TestServer } from './ssh-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const open = async (endpoint: HostEndpoint, signal?: AbortSignal): Promise<void> => {
  const connection = await openSsh(endpoint, {
    secretGate: createSecretGate(),
    ...(signal === undefined ? {} : { signal }),
  });
  await connection.close();
};

const failure = async (endpoint: HostEndpoint, signal?: AbortSignal) => {
  const error = await open(endpoint, signal).then(
    () => undefined,
    reason => reason,
  );
  return { code: error?.code, message: String(error?.message), hint: String(error?.hint) };
};

const serve = async (): Promise<TestServer> => {
  const server = await startServer();
  cleanups.push(server.close);
  return server;
};

/** Something that listens and is no SSH server. */
const listen = async (onSocket: (socket: Socket) => void): Promise<HostEndpoint> => {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise(resolve => server.close(resolve));
  });
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-connect-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  const identityFile = join(directory, 'id');
  writeFileSync(identityFile, makeKey().private, { mode: 0o600 });
  return {
    host: 'h1',
    address: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    user: 'ops',
    identityFile,
    hostKeys: 'strict',
    knownHostsPath: join(directory, 'known_hosts'),
    connectTimeoutMs: 400,
  };
};

describe('a host that cannot be reached', () => {
  it('has a name that cannot be resolved', async () => {
    const endpoint = { ...(await listen(() => undefined)), address: 'no-such-host.invalid', connectTimeoutMs: 10_000 };
    expect(await failure(endpoint)).toMatchObject({
      code: 'connect-failed',
      message: 'the name no-such-host.invalid cannot be resolved.',
    });
  });

  it('refuses the port', async () => {
    const endpoint = await listen(() => undefined);
    for (const cleanup of cleanups.splice(0, 1)) await cleanup();
    expect(await failure(endpoint)).toMatchObject({
      code: 'connect-refused',
      message: `127.0.0.1:${endpoint.port} refuses connections: nothing listens there.`,
      hint: expect.stringContaining('ssh.port'),
    });
  });

  it('says nothing', async () => {
    const endpoint = await listen(() => undefined);
    expect(await failure(endpoint)).toMatchObject({
      code: 'no-banner',
      message: `127.0.0.1:${endpoint.port} accepts connections but is no SSH server: it said nothing for 0.4 s`,
    });
  });

  it('says something else', async () => {
    const endpoint = await listen(socket => {
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n'));
    });
    expect(await failure(endpoint)).toMatchObject({
      code: 'no-banner',
      message: expect.stringContaining('is no SSH server: it says: HTTP/1.1 400 Bad Request'),
    });
  });

  it.each(['Not allowed at this time', 'Exceeded MaxStartups'])('is an sshd that says: %s', async words => {
    const endpoint = await listen(socket => socket.end(`${words}\r\n`));
    expect(await failure(endpoint)).toMatchObject({
      code: 'connect-failed',
      message: `sshd at 127.0.0.1:${endpoint.port} turns us away: ${words}`,
      hint: expect.stringContaining('PerSourcePenalties'),
    });
  });

  it('sends endless text instead of a banner', async () => {
    const endpoint = await listen(socket => socket.write('x'.repeat(1_000_000)));
    expect(await failure(endpoint)).toMatchObject({ code: 'no-banner' });
  });

  it('closes at once', async () => {
    const endpoint = await listen(socket => socket.end());
    expect(await failure(endpoint)).toMatchObject({
      code: 'connect-failed',
      message: expect.stringContaining('closed the connection during the handshake'),
      hint: expect.stringContaining('MaxStartups'),
    });
  });

  it('closes after its banner', async () => {
    const endpoint = await listen(socket => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
    expect(await failure(endpoint)).toMatchObject({
      code: 'connect-failed',
      message: expect.stringContaining('during the handshake'),
    });
  });

  it('stops after its banner', async () => {
    const endpoint = await listen(socket => socket.write('SSH-2.0-OpenSSH_9.9\r\n'));
    expect(await failure(endpoint)).toMatchObject({
      code: 'connect-timeout',
      message: expect.stringContaining('did not finish the key exchange within 0.4 s'),
    });
  });

  it('is not waited for after an abort', async () => {
    const abort = new AbortController();
    const endpoint = await listen(() => abort.abort());
    expect(await failure({ ...endpoint, connectTimeoutMs: 60_000 }, abort.signal)).toMatchObject({
      code: 'interrupted',
    });
    expect(await failure(endpoint, abort.signal)).toMatchObject({ code: 'interrupted' });
  });
});

describe('the host key', () => {
  const other = makeKey();

  it('is accepted where known_hosts has it', async () => {
    await expect(open((await serve()).endpoint)).resolves.toBeUndefined();
  });

  it('is refused, before anything is sent, where it is unknown', async () => {
    const { endpoint, hostKey, connections } = await serve();
    writeFileSync(endpoint.knownHostsPath, '');
    const seen: string[] = [];
    connections.push = connection => {
      connection.on('authentication', () => seen.push('authentication'));
      return 1;
    };
    const error = await failure(endpoint);
    expect(error).toMatchObject({ code: 'host-key-unknown', hint: expect.stringContaining('accept-new') });
    expect(error.message).toContain(fingerprint(blobOf(hostKey.public)));
    expect(seen).toEqual([]);
  });

  it.each(['strict', 'accept-new'] as const)(
    'is refused where it changed (%s), naming both and the line',
    async hostKeys => {
      const { endpoint, hostKey } = await serve();
      writeFileSync(endpoint.knownHostsPath, `# comment\n[127.0.0.1]:${endpoint.port} ${other.public}\n`);
      const error = await failure({ ...endpoint, hostKeys });
      expect(error.code).toBe('host-key-changed');
      expect(error.message).toBe(
        `host key changed: ssh-ed25519 ${fingerprint(blobOf(other.public))} in ${endpoint.knownHostsPath}:2, the host shows ssh-ed25519 ${fingerprint(blobOf(hostKey.public))}`,
      );
      expect(error.hint).toContain(`ssh-keygen -f ${endpoint.knownHostsPath} -R '[127.0.0.1]:${endpoint.port}'`);
    },
  );

  it('is refused where it is revoked', async () => {
    const { endpoint, hostKey } = await serve();
    writeFileSync(
      endpoint.knownHostsPath,
      `@revoked * ${hostKey.public}\n[127.0.0.1]:${endpoint.port} ${hostKey.public}\n`,
    );
    expect(await failure(endpoint)).toMatchObject({
      code: 'host-key-revoked',
      message: expect.stringContaining(`${endpoint.knownHostsPath}:1 marks @revoked`),
    });
  });

  it('is written down once under accept-new, also by 20 connections at the same time', async () => {
    const { endpoint, hostKey } = await serve();
    const path = join(endpoint.knownHostsPath, '..', 'new', 'known_hosts');
    const accepting: HostEndpoint = { ...endpoint, hostKeys: 'accept-new', knownHostsPath: path };
    await Promise.all(Array.from({ length: 20 }, () => open(accepting)));
    expect(readFileSync(path, 'utf8')).toBe(
      `[127.0.0.1]:${endpoint.port} ${hostKey.public.split(' ').slice(0, 2).join(' ')}\n`,
    );
    await expect(open({ ...accepting, hostKeys: 'strict' })).resolves.toBeUndefined();
  });

  it('is refused where known_hosts cannot be read', async () => {
    const { endpoint, directory } = await serve();
    expect(await failure({ ...endpoint, knownHostsPath: directory })).toMatchObject({
      code: 'host-key-unknown',
      message: expect.stringContaining('cannot be read'),
    });
  });

  it('names a certificate authority as not supported', async () => {
    const { endpoint } = await serve();
    writeFileSync(endpoint.knownHostsPath, `@cert-authority * ${other.public}\n`);
    expect((await failure(endpoint)).message).toContain('does not support @cert-authority');
  });
});

describe('the login', () => {
  it('fails with the user, what was tried, and what the host accepts', async () => {
    const { endpoint, directory } = await serve();
    const identityFile = join(directory, 'other');
    writeFileSync(identityFile, makeKey().private, { mode: 0o600 });
    expect(await failure({ ...endpoint, identityFile })).toMatchObject({
      code: 'auth-failed',
      message: `the host does not let ops in (tried key ${identityFile}; the host accepts publickey).`,
      hint: expect.stringContaining(`ssh-copy-id -p ${endpoint.port} ops@127.0.0.1`),
    });
  });

  it('fails without a key, telling why each was left out', async () => {
    const { endpoint, directory } = await serve();
    const { identityFile: _, ...withoutKey } = endpoint;
    const encrypted = join(directory, 'encrypted');
    writeFileSync(encrypted, makeKey('secret').private, { mode: 0o600 });
    const error = await failure({ ...withoutKey, defaultIdentityFiles: [join(directory, 'absent'), encrypted] });
    expect(error).toMatchObject({ code: 'auth-failed' });
    expect(error.message).toBe(
      `there is no key to log in as ops with; the host accepts publickey. Left out: the private key ${encrypted} is encrypted and no passphrase is configured.`,
    );
  });

  it('takes the first default key that is there', async () => {
    const { endpoint, directory } = await serve();
    const { identityFile = '', ...withoutKey } = endpoint;
    await expect(
      open({ ...withoutKey, defaultIdentityFiles: [join(directory, 'absent'), identityFile] }),
    ).resolves.toBeUndefined();
  });

  it('names an agent that does not answer', async () => {
    const { endpoint, directory } = await serve();
    const { identityFile: _, ...withoutKey } = endpoint;
    const error = await failure({ ...withoutKey, agent: join(directory, 'no-agent') });
    expect(error).toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining('Failed to connect to agent'),
    });
  });
});
