import type { DesiredNode } from '../core/desired.ts';
import type { RolloutSettings } from '../core/rollout-settings.ts';
import type { SecretReference } from './schema.ts';

export type { SecretReference } from './schema.ts';

/** Who shall be worked on and how, everything resolved. */
export interface Inventory {
  /** As the user named it; `<stdin>`, or what stands for an inventory that is no file. */
  readonly source: string;
  /** Of the text, hexadecimal; a saved plan is bound to it. */
  readonly sha256: string;
  /** In the order of the file. */
  readonly hosts: readonly InventoryHost[];
  /** What `--limit` leaves out: not worked on, and still of the same cluster. */
  readonly leftOut?: readonly InventoryHost[];
  /** Names of all groups, also of those without hosts. */
  readonly groups: readonly string[];
  /** undefined: the inventory names none. */
  readonly cluster: ClusterAccess | undefined;
  readonly rollout: RolloutSettings;
}

export type ClusterAccess =
  /** `context` undefined: the current one of the kubeconfig. */
  | { readonly kind: 'kubeconfig'; readonly path: string; readonly context: string | undefined }
  /** Control-plane hosts, in order; also those that `--limit` leaves out. */
  | { readonly kind: 'via'; readonly hosts: readonly InventoryHost[] };

export interface InventoryHost {
  readonly name: string;
  /** `localhost` for a local host without one. */
  readonly address: string;
  readonly port: number;
  readonly connection: 'ssh' | 'local';
  readonly ssh: SshSettings;
  readonly sudo: { readonly password: SecretReference | undefined };
  readonly desired: DesiredNode;
}

export interface SshSettings {
  readonly user: string;
  /** undefined: the agent's keys, then the usual ones. */
  readonly identityFile: string | undefined;
  readonly passphrase: SecretReference | undefined;
  /** Whether the agent's keys are offered. */
  readonly agent: boolean;
  readonly hostKeys: 'strict' | 'accept-new';
  readonly knownHosts: string;
  readonly connectTimeoutMs: number;
}
