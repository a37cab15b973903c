import type { ClusterFacts } from '../cluster/cluster-facts.ts';
import type { DesiredNode } from '../core/desired.ts';
import type { Finding, Severity } from '../core/result.ts';
import type { SandboxProof } from '../core/sandbox-proof.ts';
import type { FactId, FactValues } from '../facts/index.ts';

/** `severity` may be lowered or raised by the verdict where the rule depends on the Kubernetes version. */
export type Verdict =
  | { readonly status: 'pass'; readonly observed: string }
  | {
      readonly status: 'fail';
      readonly message: string;
      readonly observed: string;
      readonly expected: string;
      readonly remedy: string;
      readonly fixedByApply: boolean;
      readonly severity?: Severity;
    }
  | { readonly status: 'skip'; readonly reason: string }
  | { readonly status: 'unknown'; readonly reason: string };

/** One rule about one host. Pure; sees only the facts it names, and only when all of them are known (else `judge` answers unknown). */
export interface Check<N extends FactId = FactId> {
  /** Public: waivers and `--output json` name it. Kebab-case, equals the file name. */
  readonly id: string;
  /** The good state, as a statement: `Swap is off`. */
  readonly title: string;
  readonly severity: Severity;
  /** URL of the rule. */
  readonly source: string;
  readonly needs: readonly N[];
  /** The part of `needs` that the rule reads on this host; the rest may be unknown there. Default: all. */
  needsOn?(desired: DesiredNode): readonly N[];
  /** `apply` can repair it in principle; for docs/checks.md. The verdict says whether it will on this host. */
  readonly fixable?: true;
  evaluate(facts: Pick<FactValues, N>, desired: DesiredNode): Verdict;
}

/** A rule about hosts compared with each other. */
export interface FleetCheck<N extends FactId = FactId> extends Omit<Check<N>, 'evaluate' | 'needsOn'> {
  evaluate(hosts: ReadonlyMap<string, Pick<FactValues, N>>): readonly Verdict[];
}

/** A rule about the cluster that the inventory names. */
export interface ClusterCheck extends Omit<Check, 'evaluate' | 'needs' | 'needsOn'> {
  evaluate(cluster: ClusterFacts): Verdict;
}

/** A rule about what a proof has shown, which only `apply` makes (design 3.11). */
export interface ProofCheck extends Omit<Check, 'evaluate' | 'needs' | 'needsOn'> {
  evaluate(proof: SandboxProof, desired: DesiredNode): Verdict;
}

export const defineCheck = <const N extends FactId>(check: Check<N>): Check<N> => check;
export const defineFleetCheck = <const N extends FactId>(check: FleetCheck<N>): FleetCheck<N> => check;
export const defineClusterCheck = (check: ClusterCheck): ClusterCheck => check;
export const defineProofCheck = (check: ProofCheck): ProofCheck => check;

export type { Finding };
