import { mirrorMark } from '../core/package-mirror.ts';
import type { Fact } from './fact.ts';
import { askers, askOne, chooseAsker, type MirrorAnswer, parseAsked, waitSeconds } from './mirrors.ts';

/** Of dnf's repositories that name no proxy: `no_proxy=HOST`. */
const exemptProgram = `function told() { if (none) print "no_proxy=" at; at = ""; none = 0 }
/^\\[/ { told() }
/^baseurl[ \t]*=/ { at = $0; sub(/^[^=]*=[ \t]*[a-z]*:[/][/]/, "", at); sub(/[:/ \t].*/, "", at) }
/^proxy[ \t]*=[ \t]*(_none_)?[ \t]*$/ { none = 1 }
END { told() }`;

/**
 * The mirror that `packageMirror` put into the package sources of this host, asked as the package manager would, through its proxy. A host
 * without one is asked nothing and pays a look into those files.
 */
export const packageMirrors: Fact<readonly MirrorAnswer[]> = {
  items: {
    asked: {
      kind: 'sh',
      timeoutSeconds: waitSeconds + 1,
      script: `urls=$(sed -n 's|^${mirrorMark}||p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources /etc/yum.repos.d/*.repo /etc/zypp/repos.d/*.repo 2>/dev/null | sort -u)
[ -n "$urls" ] || return 0
${askers}
said() { sed -n "s/^[ \t]*$1[ \t]*=//p" /etc/sysconfig/proxy 2>/dev/null | tail -n 1 | tr -d "\\"' "; }
(
IFS=$nl
v=
if command -v apt-config >/dev/null; then
v=$(limit apt-config dump | sed -n -e 's/^Acquire::\\(https\\{0,1\\}\\)::Proxy "\\(.*\\)";/\\1_proxy=\\2/p' -e 's/^Acquire::https\\{0,1\\}::Proxy::\\([^ ]*\\) "DIRECT";/no_proxy=\\1/p')
elif [ -d /etc/zypp/repos.d ]; then
if [ "$(said PROXY_ENABLED)" = yes ]; then
v="http_proxy=$(said HTTP_PROXY)\${nl}https_proxy=$(said HTTPS_PROXY)\${nl}no_proxy=$(said NO_PROXY)"
fi
else
v=$(sed -n 's/^proxy[ \t]*=[ \t]*//p' /etc/dnf/dnf.conf 2>/dev/null | tail -n 1)
[ -z "$v" ] || v="http_proxy=$v\${nl}https_proxy=$v\${nl}$(cat /etc/yum.repos.d/*.repo 2>/dev/null | awk '${exemptProgram}')"
fi
${chooseAsker}
[ -n "$a" ] || { echo unaskable; exit; }
n=
for e in $v; do case $e in no_proxy=*) n="$n,\${e#*=}";; *) export "$e";; esac; done
[ -z "$n" ] || export "no_proxy=\${n#,}"
for u in $urls; do
q=$u/
${askOne}
done
wait
)
return 0`,
    },
  },
  parse: ({ asked }) => parseAsked(asked),
};
