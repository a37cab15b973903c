import { known } from '../core/observed.ts';
import { compareRpmVersions } from '../core/rpm-versions.ts';
import type { Fact } from './fact.ts';
import { rpmManagerScript } from './package-manager.ts';
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

/**
 * `apt-cache policy` without writing apt's caches: they are built in memory and thrown away. dnf and zypper are asked of what they have
 * fetched (-C, --no-refresh): nothing goes over the network, and metadata that is not there is not known.
 */
export const candidates: Fact<Candidates> = {
  dear: true,
  items: {
    policy: {
      kind: 'sh',
      timeoutSeconds: 30,
      script: `if ! [ -e /var/lib/dpkg/status ]; then
case $(${rpmManagerScript}
) in
*zypper)
ZYPP_LOGFILE=/dev/null LC_ALL=C limit zypper --non-interactive --no-refresh --xmlout search --details --match-exact --type package ${packageNames.join(' ')}
code=$?
# 104: there is none of them. 106: some repository did not answer.
case $code in 104 | 106) code=0 ;; esac
return $code
;;
*dnf)
limit dnf -q -C --setopt=disable_excludes=main repoquery --arch "$(uname -m),noarch" --qf 'offer %{name} %{evr}\\n' ${packageNames.join(' ')}
return $?
;;
esac
fi
command -v apt-cache >/dev/null 2>&1 || return 127
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
      throw new CannotTell('candidate versions are read from apt, dnf and zypper only, and this host has none of them');
    if (policy?.exitCode === 124) throw new CannotTell('the package manager did not answer within 30 s');
    if (policy?.exitCode !== 0)
      throw new CannotTell(`the package manager could not say what is on offer (exit code ${policy?.exitCode})`);
    const text = answerText(policy);
    if (text.startsWith('<?xml')) return known(offersOf(parseSolvables(text)));
    return known(/^offer /m.test(text) ? parseOffers(text) : parsePolicy(text));
  },
};

/** `offer NAME EVR` in any order, one for each repository that has it. */
export const parseOffers = (text: string): Candidates =>
  offersOf([...text.matchAll(/^offer (\S+) (\S+)$/gm)].map(([, name = '', version = '']) => ({ name, version })));

interface Offered {
  readonly name: string;
  readonly version: string;
}

/** Of zypper's XML; what is installed and in no repository any more is said to be of the system. */
const parseSolvables = (text: string): readonly Offered[] =>
  [...text.matchAll(/<solvable ([^>]*)\/>/g)].flatMap(([, attributes = '']) => {
    const values = new Map(
      [...attributes.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    const [name, version] = [values.get('name'), values.get('edition')];
    const isOffered = values.get('kind') === 'package' && values.get('repository') !== '(System Packages)';
    return isOffered && name !== undefined && version !== undefined ? [{ name, version }] : [];
  });

const offersOf = (offers: readonly Offered[]): Candidates => {
  const found = new Map<string, Set<string>>();
  for (const { name, version } of offers) found.set(name, (found.get(name) ?? new Set()).add(version));
  return Object.fromEntries(
    [...found].map(([name, offered]) => {
      const versions = [...offered].sort((left, right) => compareRpmVersions(right, left));
      return [name, { candidate: versions[0] ?? null, versions, kept: [] }];
    }),
  );
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
