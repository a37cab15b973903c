interface Remedy {
  readonly said: RegExp;
  readonly remedy: string;
}

/** What ends a fault, by what package managers, guards and looks say of it. The first that fits counts. */
const remedies: readonly Remedy[] = [
  {
    said: /enough free space|no space left|more space (needed|on the)|not enough (disk )?space|disk quota exceeded/i,
    remedy: 'Make room on the file system that is named (df -h on the host), then run this again.',
  },
  {
    said: /NO_PUBKEY|(EXPKEY|REVKEY|BAD)SIG|signatures? (couldn't|could not|were|was|verification)|GPG (check|signature|key)|is not signed|public key .* not installed|the key .* expired on/i,
    remedy:
      'Look at which key that source is signed with: runtime.repository.key and runtime.repository.fingerprint say which one is trusted. Then run this again.',
  },
  {
    said: /is wanted, the host's package sources offer|no package source of this host offers|unable to locate package|nothing provides/i,
    remedy:
      'Set runtime.version to one that is on offer, or runtime.source to where there is one, then run this again.',
  },
  {
    said: /package lists could not|fail(ed|ure) (to (fetch|download)|resolving)|(could|can) ?not (be fetched|download|resolve|connect)|couldn't (resolve|connect)|curl error|connection (refused|timed out)|does not accept the repository|valid metadata not found/i,
    remedy:
      'Look at whether the host reaches what is named (proxy, packageMirror and runtime.repository.url of the inventory; `nodeprep bundle` for hosts without a network), then run this again.',
  },
  {
    said: /did not stay for|does not run|no runtime answers|is not ready|did not load|serves? no CRI|does not serve CRI|nothing listens|does not answer|systemctl (re)?start|the plan still holds: \S+\.service/i,
    remedy:
      'Mend what keeps the daemon from serving: its configuration says where its socket is, the journal of its unit has its last words (journalctl -u UNIT on the host). Then run this again.',
  },
];

/** Some reasons say it themselves. */
const tellsItself =
  /run this again|to allow it|allow-irreversible|: correct runtime\.|; look at runtime\.|make room in|set runtime\.repository/;

/** One sentence on what to do about a run that failed; undefined where its reason says it. */
export const remedyFor = (reason: string): string | undefined => {
  if (tellsItself.test(reason)) return undefined;
  return remedies.find(({ said }) => said.test(reason))?.remedy ?? otherRemedy;
};

export const otherRemedy = 'Mend what is named, then run this again.';
