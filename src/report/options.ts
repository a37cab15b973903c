/** How a result is shown to people. Nothing here changes what is said, only how much and in what dress. */
export interface ReportOptions {
  /** Columns of the terminal; 80 when it is not known. */
  readonly width: number;
  readonly color: boolean;
  /** Marks of 7-bit ASCII, for terminals that show nothing else (`TERM=dumb`, a `LANG` that is not UTF-8). */
  readonly ascii?: boolean;
  /** Also what passes, what was skipped, and every source. */
  readonly verbose: boolean;
  /** Errors and the verdict only. */
  readonly quiet: boolean;
  /** As the operator typed it, for the next command; undefined: this machine or hosts on the command line. */
  readonly inventoryName: string | undefined;
  /** Where this plan has been saved (`plan --out`). */
  readonly savedTo?: string | undefined;
  /** A question follows the plan: what to type next is no matter. */
  readonly isAsked?: boolean | undefined;
  /** RuntimeClasses of this plan, as YAML, and the file that they have been saved to. */
  readonly manifests?: { readonly yaml: string; readonly savedTo: string | undefined } | undefined;
  /** Of a rollout that is planned. */
  readonly rolloutNotes?: RolloutNotes | undefined;
}

/** What people are told of a rollout beyond the contract of the result: in words, and as estimates. */
export interface RolloutNotes {
  /** Hosts with changes that go in parallel, before all batches. */
  readonly atOnce: readonly string[];
  readonly batches: readonly NotedBatch[];
  /** Worker Nodes of the cluster. */
  readonly workers: number;
  readonly drains: readonly NotedDrain[];
}

export interface NotedBatch {
  readonly hosts: readonly string[];
  readonly role: 'control-plane' | 'worker';
  readonly kind: 'restart' | 'drain';
  readonly reason: 'broken' | 'canary' | 'workers' | 'control-plane';
}

export interface NotedDrain {
  readonly host: string;
  readonly estimateSeconds: number;
  readonly warnings: readonly { readonly pods: readonly string[]; readonly reason: string }[];
}
