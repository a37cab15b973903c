import { known, type Observed } from '../core/observed.ts';
import { dockerConfigPath } from './docker.ts';
import type { Answer, Fact } from './fact.ts';
import { answerText, CannotTell, linesOf } from './read.ts';
import { findRoots, registriesConf, registriesDropIns } from './registry-files.ts';

/** A mirror that the files of a runtime on this host name, asked from this host as that runtime would. */
export interface MirrorAnswer {
  readonly url: string;
  readonly answered: boolean;
  /** `HTTP 401`, or why there was no answer. */
  readonly said: string;
}

/** Asked together, so this is what the slowest costs. */
export const waitSeconds = 3;
const mostMirrors = 20;

/** In hosts.toml each mirror has a table of its own; one with a user name in its URL is left out, since arguments are seen by all. */
const urlPattern = `s/^[[:space:]]*\\[host\\.[\\"']\\(https\\{0,1\\}:[^\\"'@]*\\)[\\"']\\].*/\\1/p`;

/** registries.conf names hosts; one that is marked insecure is asked by http, and a server of TLS answers that too, with a 400. */
const locationProgram = `function told() { if (at != "") { sub("/.*", "", at); print (lax ? "http://" : "https://") at }; at = ""; lax = 0 }
/^[ \t]*\\[/ { told(); mirror = ($0 ~ /^[ \t]*\\[\\[registry\\.mirror\\]\\]/) }
mirror && /^[ \t]*location[ \t]*=/ { at = $0; sub(/^[^=]*=[ \t]*["\\047]/, "", at); sub(/["\\047].*/, "", at) }
mirror && /^[ \t]*insecure[ \t]*=[ \t]*true/ { lax = 1 }
END { told() }`;

const dockerPattern = `s/.*"registry-mirrors"[[:space:]]*:[[:space:]]*\\[\\([^]]*\\)\\].*/\\1/p`;

/** Sets `$urls`: `PROCESS URL`, a line for each. */
const findUrls = `${findRoots}
files=
IFS=$nl
for r in $roots; do for f in "\${r%/}"/*/hosts.toml; do [ -f "$f" ] && files="$files$nl$f"; done; done
urls=$({
[ -z "$files" ] || sed -n "${urlPattern}" $files | sed 's/^/containerd /'
command -v crio >/dev/null && cat ${registriesConf} ${registriesDropIns}/*.conf 2>/dev/null | awk '${locationProgram}' | sed 's/^/crio /'
command -v dockerd >/dev/null && tr '\\n' ' ' <${dockerConfigPath} 2>/dev/null | sed -n '${dockerPattern}' | tr ',' '\\n' | sed -n 's/^[^"]*"\\(https\\{0,1\\}:[^"@]*\\)".*/dockerd \\1/p'
} | sort -u | head -n ${mostMirrors})
unset IFS`;

/** Any answer of HTTP will do, a 401 too; whether its certificate is trusted shows when an image is pulled. */
export const askers = `ask_curl() { limit curl -sSk -o /dev/null -m ${waitSeconds} -w 'HTTP %{http_code}' "$1" 2>&1; }
ask_wget() {
limit wget -q -T ${waitSeconds} -t 1 --no-check-certificate -O /dev/null "$1" 2>&1
case $? in 0) echo HTTP 200;; 8) echo HTTP error;; *) return 1;; esac
}
ask_python3() {
limit python3 -I -c 'import ssl, sys, urllib.request, urllib.error
try: print("HTTP", urllib.request.urlopen(sys.argv[1], timeout=${waitSeconds}, context=ssl._create_unverified_context()).status)
except urllib.error.HTTPError as e: print("HTTP", e.code)
except Exception as e: print(e); sys.exit(1)' "$1"
}
ask_perl() {
limit perl -MIO::Socket::INET -e '$ARGV[0] =~ m{^(https?)://([^/:]+)(?::(\\d+))?} or exit 1;
IO::Socket::INET->new(PeerAddr => $2, PeerPort => $3 || ($1 eq "https" ? 443 : 80), Timeout => ${waitSeconds}) or do { print "$@"; exit 1 };
print "connected"' "$1"
}`;

/** Sets `$a` to who can ask; perl sees only whether somebody listens, so not through a proxy (`$v`). */
export const chooseAsker = `a=
for t in curl wget python3 perl; do
[ "$t$v" != "$t" ] && [ "$t" = perl ] && continue
command -v "$t" >/dev/null && { a=$t; break; }
done`;

/** Asks `$q` in the name of `$u`, beside the others. */
export const askOne = `{ s=$("ask_$a" "$q"); c=$?; printf 'mirror %s %s %s\\n' "$c" "$u" "$(printf '%s' "$s" | tr '\\n' ' ')"; } &`;

/**
 * A host whose files name no mirror is asked nothing and pays nothing. The proxy is that of the daemon; perl, which every Debian
 * has, sees only whether somebody listens, so it is not used where there is a proxy.
 */
export const mirrors: Fact<readonly MirrorAnswer[]> = {
  items: {
    asked: {
      kind: 'sh',
      timeoutSeconds: waitSeconds + 1,
      script: `${findUrls}
[ -n "$urls" ] || return 0
${askers}
for d in containerd crio dockerd; do
case $urls in *"$d "*) ;; *) continue;; esac
(
p=$(grep -slx "$d" /proc/[0-9]*/comm | head -n 1)
v=
[ -n "$p" ] && v=$(tr '\\000' '\\n' <"\${p%comm}environ" | grep -iE '^(http|https|no)_proxy=.')
${chooseAsker}
[ -n "$a" ] || { echo unaskable; exit; }
IFS=$nl
for e in $v; do export "\${e%%=*}=\${e#*=}"; done
for u in $(printf '%s\\n' "$urls" | sed -n "s/^$d //p"); do
case $u in */v2|*/v2/*) q=\${u%/}/;; *) q=\${u%/}/v2/;; esac
${askOne}
done
wait
) &
done
wait
return 0`,
    },
  },
  parse: ({ asked }) => parseAsked(asked),
};

export const parseAsked = (asked: Answer | undefined): Observed<readonly MirrorAnswer[]> => {
  const lines = linesOf(answerText(asked));
  if (lines.includes('unaskable'))
    throw new CannotTell('there is no curl, wget or python3 on this host to ask mirrors with');
  if (asked?.exitCode !== 0) throw new CannotTell(`asking mirrors failed with exit code ${asked?.exitCode}`);
  return known(
    lines.flatMap(line => {
      const [, code, url, said = ''] = /^mirror (\d+) (\S+) ?(.*)$/.exec(line) ?? [];
      return url === undefined ? [] : [{ url, answered: code === '0', said: said.trim() || `exit code ${code}` }];
    }),
  );
};
