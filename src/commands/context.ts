import type { ClusterWide } from '../installers/installer.ts';
import type { BundleContents } from '../plan/bundle/offline-plan.ts';

/** What a command may know of the process that runs it. Built once in program.ts; everything below takes it as data. */
export interface CommandContext {
  readonly toolVersion: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where results go. */
  readonly stdout: (text: string) => void;
  /** Where progress, questions and errors go. */
  readonly stderr: (text: string) => void;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly stdinIsTerminal: boolean;
  /** Columns of the terminal; undefined = not a terminal. */
  readonly columns: number | undefined;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What of a plan the operator admits beyond the careful default. */
export interface PlanFlags {
  readonly withoutDrain: boolean;
  readonly allowIrreversible: boolean;
  /** Another runtime than the inventory's may be retired. */
  readonly allowMigration?: boolean;
  /** What runtimes that are retired have kept is removed once the run is committed. */
  readonly purgeOldRuntime?: boolean;
  /** The inventory names the cluster: nodes are emptied before what disturbs their pods. */
  readonly rollout?: boolean;
  /** What the cluster keeps for all its nodes, once it was asked. */
  readonly clusterWide?: ClusterWide;
  /** Hosts reach nothing: all that they need is in it. */
  readonly contents?: BundleContents | undefined;
}

/** Options that every command shares. */
export interface CommonOptions {
  readonly output: 'human' | 'json';
  readonly limit: string | undefined;
  readonly parallel: number;
  readonly quiet: boolean;
  readonly verbose: boolean;
}
