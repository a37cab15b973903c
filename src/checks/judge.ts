import type { ClusterFacts } from '../cluster/cluster-facts.ts';
import type { DesiredNode } from '../core/desired.ts';
import type { Finding, Waiver } from '../core/result.ts';
import type { SandboxProof } from '../core/sandbox-proof.ts';
import type { FactId, FactValues, ObservedFacts } from '../facts/index.ts';
import type { Check, ClusterCheck, FleetCheck, ProofCheck, Verdict } from './check.ts';

/** What a fleet check is asked about one host. */
export interface JudgedHost {
  readonly facts: ObservedFacts;
  readonly desired: DesiredNode;
}

/** Every check on one host, in the order given, then one finding for each waiver that has run out. `today` is `YYYY-MM-DD`, UTC. */
export const judgeHost = (
  checks: readonly Check[],
  facts: ObservedFacts,
  desired: DesiredNode,
  today: string,
): readonly Finding[] => [
  ...checks.map(check => waive(toFinding(check, verdictOf(check, facts, desired)), desired.waivers[check.id], today)),
  ...Object.entries(desired.waivers)
    .filter(([, waiver]) => hasExpired(waiver, today))
    .map(([id, waiver]) => expiredWaiver(id, waiver)),
];

/** The checks that compare hosts. With fewer than two there is nothing to compare, and no finding. */
export const judgeFleet = (
  checks: readonly FleetCheck[],
  hosts: ReadonlyMap<string, JudgedHost>,
  today: string,
): readonly Finding[] => {
  if (hosts.size < 2) return [];
  return checks.flatMap(check => {
    const waiver = waiverOfAll(check.id, hosts);
    return fleetVerdicts(check, hosts).map(verdict => waive(toFinding(check, verdict), waiver, today));
  });
};

export const judgeCluster = (checks: readonly ClusterCheck[], cluster: ClusterFacts): readonly Finding[] =>
  checks.map(check =>
    toFinding(
      check,
      guarded(check.id, () => check.evaluate(cluster)),
    ),
  );

/** What a proof has shown; waivers count as for any rule. */
export const judgeProof = (
  checks: readonly ProofCheck[],
  proof: SandboxProof,
  desired: DesiredNode,
  today: string,
): readonly Finding[] =>
  checks.map(check => {
    const finding = toFinding(
      check,
      guarded(check.id, () => check.evaluate(proof, desired)),
    );
    return waive(finding, desired.waivers[check.id], today);
  });

const verdictOf = (check: Check, facts: ObservedFacts, desired: DesiredNode): Verdict => {
  const picked = pickKnown(check.needsOn?.(desired) ?? check.needs, facts);
  if (!picked.known) return { status: 'unknown', reason: picked.reason };
  return guarded(check.id, () => check.evaluate(picked.values, desired));
};

const fleetVerdicts = (check: FleetCheck, hosts: ReadonlyMap<string, JudgedHost>): readonly Verdict[] => {
  const comparable = new Map<string, FactValues>();
  const unread: string[] = [];
  for (const [name, { facts }] of hosts) {
    const picked = pickKnown(check.needs, facts);
    if (picked.known) comparable.set(name, picked.values);
    else unread.push(`${name}: ${picked.reason}`);
  }
  const compared: readonly Verdict[] =
    comparable.size < 2 ? [] : guardedAll(check.id, () => check.evaluate(comparable));
  return unread.length === 0 ? compared : [...compared, { status: 'unknown', reason: unread.join('; ') }];
};

type Picked =
  | { readonly known: true; readonly values: FactValues }
  | { readonly known: false; readonly reason: string };

/** Holds only the facts that the check names, so that reading another one shows in its test. */
const pickKnown = (needs: readonly FactId[], facts: ObservedFacts): Picked => {
  const values: Partial<Record<FactId, unknown>> = {};
  const missing: string[] = [];
  for (const id of needs) {
    const fact = facts[id];
    if (fact.known) values[id] = fact.value;
    else missing.push(fact.reason);
  }
  if (missing.length > 0) return { known: false, reason: [...new Set(missing)].join('; ') };
  return { known: true, values: values as FactValues };
};

const guarded = (id: string, evaluate: () => Verdict): Verdict => {
  try {
    return evaluate();
  } catch (error) {
    return bug(id, error);
  }
};

const guardedAll = (id: string, evaluate: () => readonly Verdict[]): readonly Verdict[] => {
  try {
    return evaluate();
  } catch (error) {
    return [bug(id, error)];
  }
};

const bug = (id: string, error: unknown): Verdict => ({
  status: 'unknown',
  reason: `a bug in nodeprep's check ${id}: ${error instanceof Error ? error.message : String(error)}`,
});

/** Written out for the verdicts that most findings have: an object made by spreading takes three times the memory. */
const toFinding = (check: Omit<Check, 'evaluate' | 'needs' | 'needsOn'>, verdict: Verdict): Finding => {
  const { id, title, severity, source } = check;
  const fixedByApply = false;
  switch (verdict.status) {
    case 'pass': {
      const { status, observed } = verdict;
      return { check: id, title, severity, source, fixedByApply, status, message: title, observed };
    }
    case 'fail': {
      const { status, message, observed, expected, remedy } = verdict;
      const base = { check: id, title, severity: verdict.severity ?? severity, source };
      return { ...base, fixedByApply: verdict.fixedByApply, status, message, observed, expected, remedy };
    }
    case 'skip':
    case 'unknown':
      return { check: id, title, severity, source, fixedByApply, status: verdict.status, message: verdict.reason };
  }
};

const hasExpired = (waiver: Waiver, today: string): boolean => today > waiver.expires;

const waive = (finding: Finding, waiver: Waiver | undefined, today: string): Finding =>
  waiver === undefined || finding.status !== 'fail' || hasExpired(waiver, today) ? finding : { ...finding, waiver };

/** A finding about several hosts is waived only where the waiver holds for each of them. */
const waiverOfAll = (id: string, hosts: ReadonlyMap<string, JudgedHost>): Waiver | undefined => {
  const waivers = [...hosts.values()].map(host => host.desired.waivers[id]);
  const [first] = waivers;
  return waivers.every(waiver => waiver !== undefined) ? first : undefined;
};

const expiredWaiver = (id: string, waiver: Waiver): Finding => ({
  check: 'waiver-expired',
  title: 'No waiver has run out',
  status: 'fail',
  severity: 'error',
  message: `the waiver of ${id} ran out on ${waiver.expires}`,
  observed: `${waiver.owner}: ${waiver.reason}`,
  expected: 'a waiver with a date that is still to come, or none',
  remedy: `repair what ${id} names, or agree on a new date with ${waiver.owner}, then change waivers in the inventory`,
  fixedByApply: false,
  source: 'docs/checks.md#waiver-expired',
});
