import type { Finding, HostResult } from '../core/result.ts';

export interface SharedFinding {
  readonly finding: Finding;
  readonly hosts: readonly string[];
}

/** Two findings say the same when a reader could not tell them apart. */
const wordsOf = (finding: Finding): string =>
  JSON.stringify([
    finding.check,
    finding.status,
    finding.severity,
    finding.message,
    finding.observed,
    finding.expected,
    finding.remedy,
    finding.waiver,
  ]);

export interface Shares {
  /** Findings that two or more hosts have word for word, told once. */
  readonly shared: readonly SharedFinding[];
  /** What is left to tell about one host. */
  ownOf(host: HostResult): readonly Finding[];
}

export const shareFindings = (hosts: readonly HostResult[], isTold: (finding: Finding) => boolean): Shares => {
  const byWords = new Map<string, { finding: Finding; hosts: string[] }>();
  for (const host of hosts) {
    for (const finding of host.findings.filter(isTold)) {
      const entry = byWords.get(wordsOf(finding)) ?? { finding, hosts: [] };
      if (!entry.hosts.includes(host.host)) entry.hosts.push(host.host);
      byWords.set(wordsOf(finding), entry);
    }
  }
  const isShared = (finding: Finding) => (byWords.get(wordsOf(finding))?.hosts.length ?? 0) > 1;
  return {
    shared: [...byWords.values()].filter(entry => entry.hosts.length > 1),
    ownOf: host => host.findings.filter(finding => isTold(finding) && !isShared(finding)),
  };
};
