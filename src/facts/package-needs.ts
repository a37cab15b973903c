import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { packageNames } from './packages.ts';
import { answerText, CannotTell, linesOf } from './read.ts';

/** An installed package that would break without another one. */
export interface PackageNeed {
  readonly needed: string;
  readonly by: string;
  /** As its Depends says: `crun | runc`, `containerd (>= 1.6)`. */
  readonly depends: string;
}

/** Dear: asked of dpkg for each package of a runtime; plan and apply only. */
export type PackageNeeds = readonly PackageNeed[];

/** Of a runtime, so that another one's packages may take its place. */
const runtimePackages = packageNames.filter(name => /^(docker|containerd|runc|cri-o)/.test(name));

/** dpkg does nothing, and says why it would not. */
export const packageNeeds: Fact<PackageNeeds> = {
  dear: true,
  items: {
    needs: {
      kind: 'sh',
      script: `[ -e /var/lib/dpkg/status ] || return 0
for p in ${runtimePackages.join(' ')}; do
case $(dpkg-query -W -f '\${db:Status-Status}' "$p" 2>/dev/null) in installed) ;; *) continue ;; esac
LC_ALL=C limit dpkg --no-act --force-hold --remove "$p" 2>&1 | sed -n "s/^ \\\\([^ ]*\\\\) depends on \\\\(.*\\\\); however:\\$/need $p \\\\1 \\\\2/p"
done
return 0`,
    },
  },
  parse({ needs }) {
    if (needs?.exitCode !== 0) throw new CannotTell('dpkg did not say which packages need which');
    return known(
      linesOf(answerText(needs)).flatMap(line => {
        const [, needed, by, depends] = /^need (\S+) (\S+) (.+)$/.exec(line) ?? [];
        if (needed === undefined || by === undefined || depends === undefined) return [];
        return [{ needed, by: by.replace(/:[a-z0-9]+$/, ''), depends }];
      }),
    );
  },
};
