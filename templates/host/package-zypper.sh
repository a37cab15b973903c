# shellcheck shell=sh
# What rpm.sh asks of zypper. Nothing is installed by it: it resolves, fetches, and says what is on offer.

ZYPP_LOCKS=/etc/zypp/locks
ZYPP_CACHE=/var/cache/zypp
# Of another root than the host's.
ZYPPER_AT=

# A lock of the named package is overruled by the inventory, and nodeprep overrules its own; all others are zypper's to keep, so it reads
# a copy without those.
zypper_run() { # NAME WORD…
  run_name=$1
  shift
  cat /usr/etc/zypp/zypp.conf /etc/zypp/zypp.conf /etc/zypp/zypp.conf.d/*.conf >"$RUN/zypp.conf" 2>/dev/null
  printf '\n[main]\nlocksfile.path = %s\n' "$RUN/zypp-locks" >>"$RUN/zypp.conf" || fail 'no space for the run directory'
  zypper_stanzas others "$run_name" "$ZYPP_LOCKS" >"$RUN/zypp-locks"
  for run_own in $(own_holds); do
    zypper_stanzas without "$run_own" "$RUN/zypp-locks" >"$RUN/zypp-locks.new" && mv -f -- "$RUN/zypp-locks.new" "$RUN/zypp-locks"
  done
  mkdir -p "$RUN/zypp" || fail 'no space for the run directory'
  # What it downloads is linked from there to where it is wanted.
  # shellcheck disable=SC2086
  LC_ALL=C ZYPPTMPDIR=$RUN/zypp ZYPP_CONF=$RUN/zypp.conf ZYPP_LOCK_TIMEOUT=300 bounded 1800 zypper --non-interactive $ZYPPER_AT "$@" </dev/null
}
# What is signed is looked at where it has come; locks are the host's own.
zypper_at_root() {
  cp /etc/zypp/repos.d/*.repo "$RUN/repos.d/" 2>/dev/null
  root_release=$(sed -n 's/^VERSION_ID="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release)
  ZYPPER_AT="--no-gpg-checks --root $RUN/root --reposd-dir $RUN/repos.d --cache-dir $RUN/cache ${root_release:+--releasever $root_release}"
  ZYPP_LOCKS=$RUN/no-locks
}
zypper_fetch() { # NAME VERSION DIRECTORY checked|unchecked REMOVES
  fetch_check=
  [ "$4" = checked ] || fetch_check=--no-gpg-checks
  # What it would take away besides stays: what goes is ours to say.
  # shellcheck disable=SC2086
  zypper_run "$1" $fetch_check --pkg-cache-dir "$3/cache" install ${5:+--force-resolution} --download-only --no-recommends --type package "$1${2:+=$2}" >"$OUT" 2>&1
  zypper_done $? && zypper_fetched "$3"
}
zypper_old() { # NAME VERSION DIRECTORY
  zypper_run "$1" --no-gpg-checks --pkg-cache-dir "$3/cache" download "$1=$2" >"$OUT" 2>&1
  zypper_fetched "$3"
  rpm_in "$3" "$1" "$2" >/dev/null
}
# zypper keeps them below the names of their repositories.
zypper_fetched() { # DIRECTORY
  [ -d "$1/cache" ] || return 0
  find "$1/cache" -name '*.rpm' -exec mv -- {} "$1" \; && rm -rf "$1/cache"
}
# zypper(8), EXIT CODES: 102 a reboot and 103 a restart of zypper is due after it, 106 a repository did not answer and was left out.
zypper_done() { case $1 in 0 | 102 | 103 | 106) return 0 ;; *) return 1 ;; esac; }
zypper_offers() { # NAME: its versions, one a line
  zypper_run "$1" --xmlout search --details --match-exact --type package "$1" >"$RUN/offers" 2>"$OUT"
  # 104: there is none.
  case $? in 0 | 104 | 106) ;; *) cat "$RUN/offers" >>"$OUT"; return 1 ;; esac
  sed -n '/repository="(System Packages)"/d;s/^<solvable .*edition="\([^"]*\)" arch="\([^"]*\)".*/\2 \1/p' "$RUN/offers" |
    while read -r offers_arch offers_version; do
      case $offers_arch in noarch | "$(uname -m)") printf '%s\n' "$offers_version" ;; esac
    done | sort -u
}
# Of what the solver offers only what is locked is of use: nobody is asked here.
zypper_reason() {
  # Where it was told to take packages without a look at who signed them, it tells of that look all the same.
  reason_signed='-e /[Ss]ignature/p -e /unsigned/p'
  ! grep -q 'despite the error' "$OUT" || reason_signed=
  # shellcheck disable=SC2086
  reason_lines=$(sed -n -e 's/<[^>]*>//g' -e '/despite the error/d' -e '/above error message/d' -e '/NOKEY$/d' -e 's/.*remove lock to allow [a-z]* of \([^[]*\).*/\1 is locked (zypper locks)/p' -e '/^ *Solution /d' \
    -e '/[Pp]roblem: /p' -e '/nothing provides/p' -e '/[Nn]ot found/p' -e '/[Nn]o provider/p' -e '/[Ee]rror/p' -e "/[Cc]an't provide/p" $reason_signed "$OUT" | awk '!seen[$0]++' | tail -n 6)
  printf '%s' "${reason_lines:-$(last_words)}"
}
# PackageKit and YaST use the same file.
zypper_process() { process_in . /run/zypp.pid /var/run/zypp.pid; }
# What SUSE's tools take, libzypp among them.
zypper_proxy() { # URL
  (
    PROXY_ENABLED='' HTTP_PROXY='' HTTPS_PROXY=''
    # shellcheck disable=SC1091
    [ ! -f /etc/sysconfig/proxy ] || . /etc/sysconfig/proxy
    [ "$PROXY_ENABLED" = yes ] || exit 0
    case $1 in https:*) printf '%s' "$HTTPS_PROXY" ;; *) printf '%s' "$HTTP_PROXY" ;; esac
  )
}
zypper_refresh() { # ID…
  zypper_run - refresh "$@" >"$OUT" 2>&1
}
zypper_caches() { # ID…
  for caches_id in "$@"; do
    for caches_path in "$ZYPP_CACHE/raw/$caches_id" "$ZYPP_CACHE/solv/$caches_id" "$ZYPP_CACHE/packages/$caches_id"; do
      [ ! -e "$caches_path" ] || printf '%s\n' "$caches_path"
    done
  done | sort
}

# ── holds: a lock of /etc/zypp/locks, as `zypper addlock NAME` writes it; locks(5). zypper itself would write the whole file anew ──
zypper_stanzas() { # locks|others|without NAME FILE: those that lock it whatever its version, those that do not lock it, all but `addlock NAME`
  [ -f "$3" ] || return 0
  awk -v want="$1" -v name="$2" '
    function locks(   pattern, of) {
      if (key["type"] != "" && key["type"] != "package") return 0
      of = key["solvable_name"]
      if (of == "") return 0
      kind = key["match_type"]
      if (kind == "exact") return name == of
      if (kind == "glob") {
        pattern = of
        gsub(/[.+^$(){}|\\]/, "\\\\&", pattern)
        gsub(/\*/, ".*", pattern)
        gsub(/\?/, ".", pattern)
        return name ~ ("^" pattern "$")
      }
      if (kind == "regex") return name ~ of
      return index(name, of) > 0
    }
    BEGIN { RS = ""; ORS = "\n\n"; FS = "\n" }
    {
      split("", key)
      words = 0
      for (i = 1; i <= NF; i++) {
        if ($i ~ /^[ \t]*#/) continue
        split($i, parts, /:[ \t]*/)
        value = $i
        sub(/^[^:]*:[ \t]*/, "", value)
        sub(/[ \t]+$/, "", value)
        key[parts[1]] = value
        words++
      }
      whole = key["version"] == "" && key["repo"] == "" && key["solvable_arch"] == ""
      if (want == "locks" && locks() && whole) print
      if (want == "others" && !locks()) print
      if (want == "without" && !(words == 4 && key["type"] == "package" && key["match_type"] == "glob" && key["case_sensitive"] == "on" && key["solvable_name"] == name)) print
    }' "$3"
}
zypper_held() { if [ -n "$(zypper_stanzas locks "$1" "$ZYPP_LOCKS")" ]; then printf yes; else printf no; fi; } # PACKAGE
zypper_held_by() { printf '%s (zypper locks)' "$ZYPP_LOCKS"; }
zypper_hold() { # PACKAGE
  [ "$(zypper_held "$1")" = no ] || return 0
  printf '\ntype: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: %s\n' "$1" | rpm_replace "$ZYPP_LOCKS" cat "$ZYPP_LOCKS" -
}
zypper_unhold() { rpm_replace "$ZYPP_LOCKS" zypper_stanzas without "$1" "$ZYPP_LOCKS"; } # PACKAGE
zypper_hold_files() { printf '%s\n' "$ZYPP_LOCKS"; }
zypper_without() { zypper_stanzas without "$1" "$2"; } # PACKAGE FILE
