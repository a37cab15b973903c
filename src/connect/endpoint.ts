/** A secret by reference: `id` tells two secrets apart without holding either, `read` fetches the value when it is first needed. */
export interface SecretSource {
  /** For people and for the gate, e.g. `env NODEPREP_SUDO_PASSWORD`. Never the value. */
  readonly id: string;
  read(): Promise<string>;
}

/** Everything needed to reach one host over SSH, resolved: no `~`, no environment, no defaults left to look up. */
export interface HostEndpoint {
  /** Name in the inventory. */
  readonly host: string;
  /** Name or IP address without brackets. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The one key to use. Without it: the agent, then `defaultIdentityFiles`. */
  readonly identityFile?: string;
  /** Tried in this order where they exist, e.g. `~/.ssh/id_ed25519`, `id_ecdsa`, `id_rsa` as absolute paths. */
  readonly defaultIdentityFiles?: readonly string[];
  readonly passphrase?: SecretSource;
  /** Path of the agent's socket (SSH_AUTH_SOCK). */
  readonly agent?: string;
  readonly hostKeys: 'strict' | 'accept-new';
  readonly knownHostsPath: string;
  /** Read, never written, e.g. /etc/ssh/ssh_known_hosts. */
  readonly globalKnownHostsPaths?: readonly string[];
  readonly connectTimeoutMs: number;
  readonly sudoPassword?: SecretSource;
}
