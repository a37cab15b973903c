/**
 * The result of one run (design 3.12). These names are public API: `--output json` prints a `Run` as it is.
 * Changing a name, a status or an id here is a breaking change for users' scripts.
 */
export interface Run {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: string; readonly version: string };
  readonly command: 'check' | 'plan' | 'apply' | 'rollback' | 'recover' | 'reset';
  readonly runId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly exitCode: number;
  readonly hosts: readonly HostResult[];
  /** Findings of the checks that compare hosts with each other. */
  readonly fleet: readonly Finding[];
  readonly batches?: readonly (readonly string[])[];
  readonly cluster?: {
    readonly uid: string;
    readonly findings: readonly Finding[];
    readonly changes: readonly PlannedChange[];
  };
  /** Of `plan`: what lets pods choose the handlers of the inventory, to be applied by the operator. */
  readonly runtimeClasses?: readonly RuntimeClass[];
}

/** As the API of Kubernetes has it. */
export interface RuntimeClass {
  readonly apiVersion: 'node.k8s.io/v1';
  readonly kind: 'RuntimeClass';
  readonly metadata: { readonly name: string };
  readonly handler: string;
  readonly scheduling?: { readonly nodeSelector: Readonly<Record<string, string>> };
}

export type HostState = 'ok' | 'unreachable' | 'failed' | 'refused' | 'skipped';

export interface HostError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export interface RuntimeAnswer {
  readonly name: string;
  readonly version: string;
  readonly endpoint: string;
  readonly cgroupDriver: string;
  readonly cgroupDriverFrom: 'RuntimeConfig' | 'Status' | 'config';
  readonly sandboxImage: string;
  readonly sandbox: 'ran' | 'failed' | 'off' | 'skipped';
}

/** The Node of this host in the cluster. */
export interface NodeAnswer {
  readonly name: string;
  readonly ready: boolean;
  readonly cordonedBy: 'nodeprep' | 'other' | null;
}

/** A package that `apply --stage` has laid ready on the host. */
export interface StagedPackage {
  /** The package of the plan with which it comes. */
  readonly of: string;
  /** old: what is installed now, the way back. */
  readonly role: 'new' | 'old';
  readonly name: string;
  readonly version: string;
  /** null: its file is gone, or was not to be had. */
  readonly sha256: string | null;
}

/** What `apply --stage` has done on the host. */
export interface StagedAnswer {
  readonly packages: readonly StagedPackage[];
}

/** What a drain of this host's node would do to its pods. */
export interface DrainAnswer {
  readonly feasible: boolean;
  readonly pods: readonly PodVerdict[];
}

export interface PodVerdict {
  readonly namespace: string;
  readonly name: string;
  readonly verdict: 'move' | 'stay' | 'block';
  readonly reason?: string;
}

export interface HostResult {
  readonly host: string;
  readonly address: string;
  readonly state: HostState;
  readonly error?: HostError;
  /** After `apply`: those after verify. */
  readonly findings: readonly Finding[];
  /** Empty from `check`; after `apply`: what was planned, with its status. */
  readonly changes: readonly PlannedChange[];
  readonly outcome?: 'unchanged' | 'changed' | 'reverted' | 'partial';
  readonly notReverted?: readonly string[];
  readonly runtime?: RuntimeAnswer;
  readonly node?: NodeAnswer;
  readonly drain?: DrainAnswer;
  /** After `apply --stage`. */
  readonly staged?: StagedAnswer;
  /** One line of facts for people: `Debian 13, Linux 6.12.41, containerd 1.7.24`. Not part of the contract. */
  readonly summary?: string;
}

export type Severity = 'error' | 'warning' | 'info';
export type FindingStatus = 'pass' | 'fail' | 'unknown' | 'skip';

export interface Waiver {
  readonly owner: string;
  readonly reason: string;
  /** ISO date; the waiver counts until the end of that day, UTC. */
  readonly expires: string;
}

export interface Finding {
  readonly check: string;
  readonly title: string;
  readonly status: FindingStatus;
  readonly severity: Severity;
  readonly message: string;
  readonly observed?: string;
  readonly expected?: string;
  readonly remedy?: string;
  readonly fixedByApply: boolean;
  readonly source: string;
  readonly waiver?: Waiver;
}

/** From harmless to worst; `plan` and `apply` compare by position. */
export const disruptions = ['none', 'reload', 'restart', 'drain', 'reboot'] as const;
export type Disruption = (typeof disruptions)[number];

export const phases = ['stage', 'quiesce', 'switch', 'resume'] as const;
export type Phase = (typeof phases)[number];

export interface PlannedChange {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly summary: string;
  readonly because: string;
  readonly disruption: Disruption;
  readonly phase: Phase;
  readonly reversible: boolean;
  readonly diff?: string;
  readonly status?: 'done' | 'reverted' | 'failed' | 'not-run';
}
