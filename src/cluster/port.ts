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
  /** kubectl as a person would type it to look for themselves. */
  readonly command: string;
  /** Fails with `kubectl-missing`, `answer-too-large`, `interrupted`, or the connection's own error where kubectl runs on a host. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlAnswer>;
  /** kubectl of this host is not used until the function given back is called: the host is being changed. */
  avoid(host: string): () => void;
  close(): Promise<void>;
}
