export interface KubectlAnswer {
  /** null: it could not be told (connection lost, killed at the deadline). */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  readonly stdin?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The one port to a cluster: kubectl here, kubectl on a control-plane host, recorded; and the fake in tests. */
export interface ClusterPort {
  /** For messages: `~/.kube/config`, `kubectl on cp-1`. */
  readonly name: string;
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlAnswer>;
  close(): Promise<void>;
}
