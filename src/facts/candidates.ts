import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { packageNames } from './packages.ts';
import { answerText, CannotTell } from './read.ts';

export interface Offer {
  readonly candidate: string | null;
  /** That a package source has, best first. */
  readonly versions: readonly string[];
  /** That apt kept when it fetched them, so that they can be had without any source. */
  readonly kept: readonly string[];
}

/** Dear (half a second of CPU): gathered by plan and apply only. By package name. */
export type Candidates = Readonly<Record<string, Offer>>;

/** `apt-cache policy` without writing apt's caches: they are built in memory and thrown away. */
export const candidates: Fact<Candidates> = {
  dear: true,
  items: {
    policy: {
      kind: 'sh',
      timeoutSeconds: 30,
      script: `command -v apt-cache >/dev/null 2>&1 || return 127
limit apt-cache -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= policy ${packageNames.join(' ')}
code=$?
for n in ${packageNames.join(' ')}; do
for f in /var/cache/apt/archives/"$n"_*.deb; do [ -e "$f" ] && printf 'kept %s\\n' "\${f##*/}"; done
done
return $code`,
    },
  },
  parse({ policy }) {
    if (policy?.exitCode === 127)
      throw new CannotTell('candidate versions are read from apt only, and this host has no apt-cache');
    if (policy?.exitCode === 124) throw new CannotTell('apt-cache did not answer within 30 s');
    if (policy?.exitCode !== 0) throw new CannotTell(`apt-cache failed with exit code ${policy?.exitCode}`);
    return known(parsePolicy(answerText(policy)));
  },
};

interface OpenOffer {
  candidate: string | null;
  versions: string[];
  kept: string[];
}

/**
 * Blocks of `NAME:`, indented `Candidate: V` and a version table: versions are indented by 5 (or ` *** `), each with its sources
 * below it, indented by 8. What is installed stands there too, with dpkg's own list as its only source once nobody offers it.
 * Then `kept NAME_VERSION_ARCHITECTURE.deb`, with the colon of an epoch written as %3a.
 */
export const parsePolicy = (text: string): Candidates => {
  const found: Record<string, OpenOffer> = {};
  let current: OpenOffer | undefined;
  let version: string | undefined;
  for (const line of text.split('\n')) {
    const name = /^(\S+):$/.exec(line)?.[1];
    if (name !== undefined) {
      current = { candidate: null, versions: [], kept: [] };
      found[name] = current;
      continue;
    }
    const candidate = /^ {2}Candidate: (\S+)$/.exec(line)?.[1];
    if (current !== undefined && candidate !== undefined && candidate !== '(none)') current.candidate = candidate;
    version = /^ (?: {4}|\*{3} )(\d\S*) -?\d+$/.exec(line)?.[1] ?? version;
    const source = /^ {8,} ?-?\d+ (\S+)/.exec(line)?.[1];
    if (source === undefined || source === '/var/lib/dpkg/status' || version === undefined) continue;
    if (current !== undefined && !current.versions.includes(version)) current.versions.push(version);
  }
  for (const [, name = '', kept = ''] of text.matchAll(/^kept ([^_\n]+)_([^_\n]+)_/gm)) {
    found[name]?.kept.push(kept.replaceAll('%3a', ':'));
  }
  return Object.fromEntries(Object.entries(found).filter(([, { candidate }]) => candidate !== null));
};
