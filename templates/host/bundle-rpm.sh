# shellcheck shell=sh
# A bundle where rpm is. RUN/bundle/Packages has one line for each package: NAME VERSION ARCHITECTURE SHA256 FILE HEADER. HEADER, by gzip
# and base64, is the package without its payload, all that rpm needs to say what is missing: which packages a host needs is rpm's answer, not
# that of a package manager, which would ask its sources. Files come to BASE/incoming/SHA256.

rpm_heads() { printf '%s/heads' "$RUN"; }
# Once in a process: `FILE NAME` of everything that the bundle's packages provide, in RUN/provides.
rpm_heads_open() {
  [ ! -f "$RUN/provides" ] || return 0
  mkdir -p "$(rpm_heads)" 2>"$OUT" || fail "no space for the bundle: $(last_words)"
  while read -r _ _ _ _ heads_file heads_head; do
    printf '%s' "$heads_head" | base64 -d 2>"$OUT" | gzip -dc >"$(rpm_heads)/$heads_file" 2>>"$OUT" || fail "no space for the bundle: $(last_words)"
    { rpm -qp --nosignature --qf '[%{PROVIDENAME}\n]' "$(rpm_heads)/$heads_file" && rpm -qpl --nosignature "$(rpm_heads)/$heads_file"; } 2>/dev/null |
      sed "s|^|$heads_file |"
  done <"$RUN/bundle/Packages" >"$RUN/provides.new"
  mv "$RUN/provides.new" "$RUN/provides"
}
rpm_bundled_file() { # NAME [VERSION]
  awk -v name="$1" -v version="${2:-}" '$1 == name && (version == "" || $2 == version) { print $5; exit }' "$RUN/bundle/Packages"
}
# Sets BUNDLED to the files that have to come for a package on this host; 1 = $OUT says what would be missing with all that the bundle has.
rpm_bundle_resolve() { # NAME VERSION
  rpm_heads_open
  BUNDLED=$(rpm_bundled_file "$1" "$2")
  if [ -z "$BUNDLED" ]; then
    printf '%s %s is not in it' "$1" "$2" >"$OUT"
    return 1
  fi
  while :; do
    # shellcheck disable=SC2086
    if (cd "$(rpm_heads)" && quietly rpm -U --test --nosignature --nodigest $BUNDLED); then return 0; fi
    resolve_before=$BUNDLED
    sed -n 's/^[[:space:]]*\(.*\) is needed by \(.*\)$/\2|\1/p' "$OUT" >"$RUN/missing"
    while IFS='|' read -r resolve_by resolve_what; do
      case $resolve_by in '(installed) '*) rpm_bundle_newer "${resolve_by#* }" ;; *) rpm_bundle_provider "$resolve_what" ;; esac
    done <"$RUN/missing"
    [ "$BUNDLED" != "$resolve_before" ] || return 1
  done
}
rpm_bundle_add() { # FILE
  case " $BUNDLED " in *" $1 "*) ;; *) BUNDLED="$BUNDLED $1" ;; esac
}
# `libseccomp >= 2.3`, `/usr/sbin/groupadd`, `(iptables or nftables)`: the first word that something of the bundle provides.
rpm_bundle_provider() { # REQUIREMENT
  for provider_word in $(printf '%s' "$1" | sed 's/^(\(.*\))$/\1/'); do
    provider_file=$(awk -v name="$provider_word" '{ file = $1; sub(/^[^ ]* /, "") } $0 == name { print file; exit }' "$RUN/provides")
    [ -z "$provider_file" ] || { rpm_bundle_add "$provider_file"; return; }
  done
}
# What is installed would break, but for a newer version of it.
rpm_bundle_newer() { # NAME-VERSION-RELEASE.ARCHITECTURE
  newer_file=$(rpm_bundled_file "$(printf '%s' "$1" | sed 's/-[^-]*-[^-]*$//')")
  [ -z "$newer_file" ] || rpm_bundle_add "$newer_file"
}

rpm_bundle_get() { # NAME VERSION DIRECTORY
  rpm_bundle_resolve "$1" "$2" || mismatch "the bundle lacks what $1 needs on this host: $(last_words)"
  for get_file in $BUNDLED; do
    get_sum=$(awk -v file="$get_file" '$5 == file { print $4; exit }' "$RUN/bundle/Packages")
    [ -f "$BASE/incoming/$get_sum" ] || mismatch "$get_file has not come from the bundle: what this host needs has changed since it was looked at"
    [ "$(sha256sum <"$BASE/incoming/$get_sum" | cut -c 1-64)" = "$get_sum" ] || mismatch "$get_file of the bundle did not come as it was sent"
    ln "$BASE/incoming/$get_sum" "$3/$get_file" 2>/dev/null || cp -- "$BASE/incoming/$get_sum" "$3/$get_file" 2>"$OUT" ||
      fail "no space for packages: $(last_words)"
  done
}
