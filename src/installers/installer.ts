import type { Change } from '../changes/change.ts';
import type { DesiredNode } from '../core/desired.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Observed } from '../core/observed.ts';
import type { RuntimeName } from '../core/runtimes/index.ts';
import type { FactId, FactValues } from '../facts/index.ts';
import type { OsFamily } from '../os/os-family.ts';

/** Why a host cannot be planned; becomes state `refused`, exit 5. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** A setting whose text is known only after a package is there (design 3.5, rounds). */
export interface LaterSetting {
  /** The file or unit that a later round will touch; a saved plan binds it. */
  readonly target: string;
  /** `SystemdCgroup = true` */
  readonly setting: string;
  readonly disruption: import('../core/result.ts').Disruption;
  /** For people, where it is known already. */
  readonly because?: string;
}

/** Another runtime serves Kubernetes on the host: moving to the one that the inventory names takes consent. */
export interface Migration {
  /** Who serves CRI now and where: `containerd 1.7.24 at /run/containerd/containerd.sock`. */
  readonly from: readonly string[];
  /** Name in inventories. */
  readonly to: RuntimeName;
  /** Where the runtime stays and its package changes: `containerd.io (runtime.source: upstream)`. */
  readonly asked?: string;
  /** How an inventory keeps what is there, where runtime.name and runtime.source do not say it: a sentence without its end. */
  readonly keep?: string;
  /** What becomes of what is there, a sentence each. */
  readonly effects: readonly string[];
}

export interface InstallerPlan {
  readonly migration?: Migration;
  readonly changes: readonly Change[];
  readonly later: readonly LaterSetting[];
  readonly refusals: readonly Refusal[];
  /** Text of the files that `changes` replace, by path, as it is now: the plan makes masked diffs of it. */
  readonly originals?: Readonly<Record<string, string>>;
}

/** What kubeadm keeps for the whole cluster, as it will be once the cluster is as desired; absent = not known, or not kubeadm's. */
export interface ClusterWide {
  /** `cgroupDriver` of the ConfigMap kubelet-config, from which `kubeadm upgrade node` writes every config.yaml. */
  readonly cgroupDriver?: 'systemd' | 'cgroupfs';
  /** kubeadm's gate NodeLocalCRISocket: the endpoint is kept in instance-config.yaml of each node. */
  readonly nodeLocalCriSocket?: boolean;
}

/**
 * Desired state of one component: pure. Facts arrive as observed: an installer must not plan on what is unknown,
 * it refuses with the reason instead. Same facts as desired → no changes (idempotent by definition).
 */
export interface Installer<N extends FactId = FactId> {
  readonly id: string;
  readonly source: string;
  readonly needs: readonly N[];
  /** It brings a container runtime: a host whose inventory asks for one that no such installer knows is refused. */
  readonly runtime?: true;
  appliesTo(desired: DesiredNode): boolean;
  plan(
    facts: { readonly [K in N]: Observed<FactValues[K]> },
    desired: DesiredNode,
    os: OsFamily,
    cluster?: ClusterWide,
  ): InstallerPlan;
}

export const defineInstaller = <const N extends FactId>(installer: Installer<N>): Installer<N> => installer;
