import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { packageNames } from './packages.ts';
import { answerText, CannotTell } from './read.ts';

/** Dear (half a second of CPU): gathered by plan and apply only. Name → versions on offer, best first. */
export type Candidates = Readonly<
  Record<string, { readonly candidate: string | null; readonly versions: readonly string[] }>
>;

/** `apt-cache policy` without writing apt's caches: they are built in memory and thrown away. */
export const candidates: Fact<Candidates> = {
  dear: true,
  items: {
    policy: {
      kind: 'sh',
      timeoutSeconds: 30,
      script: `command -v apt-cache >/dev/null 2>&1 || return 127
limit apt-cache -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= policy ${packageNames.join(' ')}`,
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

/** Blocks of `NAME:`, indented `Candidate: V` and a version table in which versions are indented by 5 (or ` *** `). */
export const parsePolicy = (text: string): Candidates => {
  const found: Record<string, { candidate: string | null; versions: string[] }> = {};
  let current: { candidate: string | null; versions: string[] } | undefined;
  for (const line of text.split('\n')) {
    const name = /^(\S+):$/.exec(line)?.[1];
    if (name !== undefined) {
      current = { candidate: null, versions: [] };
      found[name] = current;
      continue;
    }
    const candidate = /^ {2}Candidate: (\S+)$/.exec(line)?.[1];
    if (current !== undefined && candidate !== undefined && candidate !== '(none)') current.candidate = candidate;
    const version = /^ (?: {4}|\*{3} )(\d\S*) -?\d+$/.exec(line)?.[1];
    if (version !== undefined) current?.versions.push(version);
  }
  return Object.fromEntries(Object.entries(found).filter(([, { candidate }]) => candidate !== null));
};
