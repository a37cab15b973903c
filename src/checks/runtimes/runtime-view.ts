import type { HandlerName } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import type { RuntimeName } from '../../core/runtimes/index.ts';
import type { CriAnswer } from '../../facts/cri.ts';
import type { FactId, FactValues } from '../../facts/index.ts';

export interface InForce<T> {
  readonly value: T;
  /** Who says so, for people. */
  readonly from: InForceSource;
}

/** `config` is the daemon's own print of its files, believed only where none is newer than the daemon. */
export type InForceSource = 'CRI RuntimeConfig' | 'CRI Status' | `${string} config${string}`;

export interface HandlerDriver {
  readonly name: string;
  readonly driver: 'systemd' | 'cgroupfs';
}

/** The facts that tell of runtimes, besides `cri` and `services`. */
export type RuntimeFact = Extract<FactId, 'containerd' | 'crio' | 'docker'>;

export type RuntimeFacts<N extends RuntimeFact> = Pick<FactValues, N | 'cri' | 'services'>;

export interface InstalledRuntime {
  /** Program of the daemon that serves CRI. */
  readonly binary: string;
  /** undefined: it did not tell. */
  readonly version: string | undefined;
}

/** What of a runtime is missing on the host, for people. */
export interface MissingRuntime {
  /** `no containerd on this host` */
  readonly observed: string;
  /** `containerd is not installed` */
  readonly missing: string;
}

/**
 * How one runtime is looked at: the rules that hold for every runtime ask the one that the inventory names through this.
 * Pure. One runtime, one file.
 */
export interface RuntimeView<N extends RuntimeFact = RuntimeFact> {
  readonly name: RuntimeName;
  /** In sentences: `CRI-O`. */
  readonly label: string;
  /** Who serves CRI for it, and whose version `installed` tells: `cri-dockerd`. */
  readonly criName: string;
  /** Facts besides `cri` and `services`. */
  readonly needs: readonly N[];
  /** What must run and be enabled, in the order of their start; the last one serves CRI. */
  readonly units: readonly [string, ...string[]];
  installed(facts: Pick<FactValues, N>): InstalledRuntime | MissingRuntime;
  /** First version with RuntimeConfig, which kubelets ask for the cgroup driver. */
  readonly runtimeConfigSince: string;
  /** Why an answer of its socket, or its lack, means that CRI is off, where the files tell. */
  criDisabled(facts: Pick<FactValues, N>, answer: CriAnswer | undefined): CriDisabled | undefined;
  /** For people, where it runs and serves no CRI for another reason: what that means, and the command that tells more. */
  readonly silentCri?: { readonly message: string; readonly look: string };
  /** Cgroup driver of every handler that has one, the default handler first. */
  driversInForce(facts: RuntimeFacts<N>): Observed<InForce<readonly HandlerDriver[]>>;
  sandboxImageInForce(facts: RuntimeFacts<N>): Observed<InForce<string>>;
  /** Whether containers that it starts get SELinux labels. */
  labelsInForce(facts: RuntimeFacts<N>): Observed<InForce<boolean>>;
  /** Where it looks for CNI plugins, in this order. */
  cniDirectories(facts: Pick<FactValues, N>): Observed<readonly string[]>;
  /** Handlers that a RuntimeClass may name; undefined: pods cannot choose. */
  handlersInForce?(facts: RuntimeFacts<N>): Observed<InForce<HandlersInForce>>;
}

export interface HandlersInForce {
  readonly names: readonly HandlerName[];
  /** For pods that choose none; undefined: not told. */
  readonly defaultHandler: string | undefined;
}

export interface CriDisabled {
  readonly message: string;
  readonly observed: string;
  readonly expected: string;
}

export const isInstalled = (runtime: InstalledRuntime | MissingRuntime): runtime is InstalledRuntime =>
  'binary' in runtime;

export const defineRuntimeView = <const N extends RuntimeFact>(view: RuntimeView<N>): RuntimeView<N> => view;
