import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { packageNames } from './packages.ts';
import { answerText, CannotTell, linesOf } from './read.ts';

/** An installed package that would break without another one. */
export interface PackageNeed {
  readonly needed: string;
  readonly by: string;
  /** As dpkg says it, whoever has been asked: `crun | runc`, `containerd (>= 1.6)`. */
  readonly depends: string;
}

/** Dear: asked of dpkg or rpm for each package of a runtime; plan and apply only. */
export type PackageNeeds = readonly PackageNeed[];

/** Of a runtime, so that another one's packages may take its place. */
const runtimePackages = packageNames.filter(name => /^(docker|containerd|runc|cri-o)/.test(name));

/** dpkg and rpm do nothing, and say why they would not. */
export const packageNeeds: Fact<PackageNeeds> = {
  dear: true,
  items: {
    needs: {
      kind: 'sh',
      script: `if ! [ -e /var/lib/dpkg/status ]; then
command -v rpm >/dev/null || return 0
for p in ${runtimePackages.join(' ')}; do
rpm -q "$p" >/dev/null 2>&1 || continue
LC_ALL=C limit rpm -e --test "$p" 2>&1 | sed -n "s/^[[:space:]]*\\(.*\\) is needed by (installed) \\(.*\\)$/rpm $p \\2 \\1/p"
done
return 0
fi
for p in ${runtimePackages.join(' ')}; do
case $(dpkg-query -W -f '\${db:Status-Status}' "$p" 2>/dev/null) in installed) ;; *) continue ;; esac
LC_ALL=C limit dpkg --no-act --force-hold --remove "$p" 2>&1 | sed -n "s/^ \\\\([^ ]*\\\\) depends on \\\\(.*\\\\); however:\\$/need $p \\\\1 \\\\2/p"
done
return 0`,
    },
  },
  parse({ needs }) {
    if (needs?.exitCode !== 0) throw new CannotTell('dpkg or rpm did not say which packages need which');
    return known(linesOf(answerText(needs)).flatMap(line => parseNeed(line) ?? []));
  },
};

const parseNeed = (line: string): PackageNeed | undefined => {
  const [, how, needed, by, depends] = /^(need|rpm) (\S+) (\S+) (.+)$/.exec(line) ?? [];
  if (needed === undefined || by === undefined || depends === undefined) return undefined;
  return how === 'need'
    ? { needed, by: by.replace(/:[a-z0-9]+$/, ''), depends }
    : { needed, by: by.replace(/-[^-]*-[^-]*$/, ''), depends: fromRpm(depends) };
};

/** `(crun or runc)`, `containerd >= 1.6`. */
const fromRpm = (depends: string): string =>
  depends
    .replace(/^\((.*)\)$/, '$1')
    .split(/ or /)
    .map(choice => choice.replace(/^(\S+) ([<>=]+ \S+)$/, '$1 ($2)'))
    .join(' | ');
