import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../connect/connection.ts';
import type { HostEndpoint, SecretSource } from '../connect/endpoint.ts';
import { createSecretGate } from '../connect/secret-gate.ts';
import type { SshCache } from '../connect/ssh.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { createPrompt } from '../inventory/prompt.ts';
import type { SecretReference } from '../inventory/schema.ts';
import { createSecretResolver, type SecretPurpose, type SecretResolver } from '../inventory/secrets.ts';
import type { CommandContext } from './context.ts';

/** `signal` ends the opening only; without it the operator's does. */
export type OpenHost = (host: InventoryHost, signal?: AbortSignal) => Promise<Connection>;

/** One per run: secrets are read once and a wrong sudo password is tried on one host only, however many share it. */
export const openerFor = (context: CommandContext): OpenHost => {
  let sshCache: Promise<SshCache> | undefined;
  const resolve = createSecretResolver({
    env: context.env,
    prompt:
      context.stdinIsTerminal && context.stderrIsTerminal
        ? createPrompt({ input: process.stdin, write: context.stderr })
        : undefined,
    warn: message => context.stderr(`${message}\n`),
    signal: context.signal,
  });
  const secretGate = createSecretGate();
  return async (host, signal = context.signal) => {
    if (host.connection === 'local') {
      const { openLocal } = await import('../connect/local.ts');
      return openLocal({ host: host.name, ...sudoOf(host, resolve), secretGate });
    }
    const { createSshCache, openSsh } = await import('../connect/ssh.ts');
    sshCache ??= createSshCache();
    const cache = await sshCache;
    return openSsh(endpointOf(host, resolve, context), { secretGate, signal, cache });
  };
};

const source = (reference: SecretReference, purpose: SecretPurpose, resolve: SecretResolver): SecretSource => ({
  id: describeReference(reference, purpose),
  read: () => resolve(reference, purpose),
});

const describeReference = (reference: SecretReference, purpose: SecretPurpose): string => {
  if ('env' in reference) return `environment variable ${reference.env}`;
  if ('file' in reference) return `file ${reference.file}`;
  if ('command' in reference) return `command ${reference.command.join(' ')}`;
  return `the answer given for ${purpose.what}`;
};

const sudoOf = (host: InventoryHost, resolve: SecretResolver): { sudoPassword?: SecretSource } => {
  const { password } = host.sudo;
  if (password === undefined) return {};
  const what = `the sudo password of ${host.ssh.user}`;
  const purpose = { what, setting: 'sudo.password', code: 'sudo-password' } as const;
  return { sudoPassword: source(password, purpose, resolve) };
};

const endpointOf = (host: InventoryHost, resolve: SecretResolver, context: CommandContext): HostEndpoint => {
  const { ssh } = host;
  const keys = join(homedir(), '.ssh');
  const agent = ssh.agent ? context.env.SSH_AUTH_SOCK : undefined;
  const purpose = {
    what: `the passphrase of ${ssh.identityFile ?? 'the private key'}`,
    setting: 'ssh.passphrase',
    code: 'key-unreadable',
  } as const;
  return {
    host: host.name,
    address: host.address,
    port: host.port,
    user: ssh.user,
    defaultIdentityFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map(name => join(keys, name)),
    hostKeys: ssh.hostKeys,
    knownHostsPath: ssh.knownHosts,
    globalKnownHostsPaths: ['/etc/ssh/ssh_known_hosts'],
    connectTimeoutMs: ssh.connectTimeoutMs,
    ...(ssh.identityFile === undefined ? {} : { identityFile: ssh.identityFile }),
    ...(agent === undefined ? {} : { agent }),
    ...(ssh.passphrase === undefined ? {} : { passphrase: source(ssh.passphrase, purpose, resolve) }),
    ...sudoOf(host, resolve),
  };
};
