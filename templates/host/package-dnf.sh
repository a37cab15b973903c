# shellcheck shell=sh
# What rpm.sh asks of dnf.
# Of dnf 4 and 5 the same words. Nothing is installed by it: it resolves, fetches, and says what is on offer.

DNF_CONF=/etc/dnf/dnf.conf
DNF_LOCKS=/etc/dnf/plugins/versionlock.list
# Of dnf 5, which heeds it without a plugin and whatever it is told. Read, never written: a hold of ours is an exclusion there.
DNF5_LOCKS=/etc/dnf/versionlock.toml
# Of another root than the host's.
DNF_AT=
DNF_CACHES='/var/cache/dnf /var/cache/libdnf5 /var/lib/dnf/repos'

# Exclusions and locks are ours to judge: dnf would only say that there is no such package.
dnf_run() {
  # shellcheck disable=SC2046
  bounded 1800 dnf -y --setopt=install_weak_deps=0 --setopt=retries=3 --setopt=timeout=30 --setopt=disable_excludes=main \
    ${DNF_AT:-} $(! dnf_has_locks || printf -- --disableplugin=versionlock) "$@" </dev/null
}
dnf_at_root() {
  cp /etc/yum.repos.d/*.repo "$RUN/repos.d/" 2>/dev/null
  root_release=$(rpm -q --provides --whatprovides 'system-release(releasever)' 2>/dev/null | sed -n 's/^system-release(releasever) = //p' | head -n 1)
  # A root without a release of its own would be none of this host's.
  DNF_AT="--installroot=$RUN/root --releasever=${root_release:-$(rpm -q --whatprovides system-release --qf '%{VERSION}' 2>/dev/null)}
    --setopt=reposdir=$RUN/repos.d --setopt=varsdir=/etc/dnf/vars"
  root_platform=$(sed -n 's/^PLATFORM_ID="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release)
  [ -z "$root_platform" ] || DNF_AT="$DNF_AT --setopt=module_platform_id=$root_platform"
}
dnf_fetch() { # NAME VERSION DIRECTORY checked|unchecked REMOVES
  if dnf5_locked | held_among "$1"; then
    printf '%s is locked in %s, and dnf 5 offers no other version then; to allow it: dnf versionlock delete %s' "$1" "$DNF5_LOCKS" "$1" >"$OUT"
    return 1
  fi
  fetch_check=
  [ "$4" = checked ] || fetch_check=--nogpgcheck
  # What it would erase besides is not erased: what goes is ours to say.
  # shellcheck disable=SC2086
  dnf_run $fetch_check --setopt=destdir="$3" install ${5:+--allowerasing} --downloadonly "$1${2:+-$2}" >"$OUT" 2>&1
}
dnf_old() { # NAME VERSION DIRECTORY
  dnf_run --nogpgcheck --setopt=destdir="$3" reinstall --downloadonly "$1-$2" >"$OUT" 2>&1
  rpm_in "$3" "$1" "$2" >/dev/null
}
dnf_offers() { # NAME: its versions, one a line
  dnf_run -q repoquery --arch "$(uname -m),noarch" --qf '%{evr}\n' "$1" >"$RUN/offers" 2>"$OUT" || return 1
  grep . "$RUN/offers" | sort -u
}
dnf_reason() {
  reason_lines=$(grep -e '^Error' -e '^ *Problem' -e '^ *- ' -e '^\[MIRROR\]' -e '^No match' -e ': No match' -e 'GPG' -e 'Curl error' -e 'Status code' "$OUT" | tail -n 6)
  printf '%s' "${reason_lines:-$(last_words)}"
}
dnf_process() { process_in 'dnf|yum|packagekit' /var/run/dnf.pid /run/dnf/*.pid /var/cache/dnf/*.pid /var/lib/dnf/*.pid /run/yum.pid; }
dnf_proxy() { sed -n 's/^proxy[[:space:]]*=[[:space:]]*//p' "$DNF_CONF" 2>/dev/null | tail -n 1 | grep -vix _none_; }
dnf_refresh() { # ID…
  refresh_only=
  for refresh_id in "$@"; do refresh_only="$refresh_only --enablerepo=$refresh_id"; done
  # One that is not there is an error, whatever dnf.conf says of that (skip_if_unavailable).
  # shellcheck disable=SC2086
  dnf_run '--disablerepo=*' $refresh_only '--setopt=*.skip_if_unavailable=0' --refresh makecache >"$OUT" 2>&1
}
dnf_caches() { # ID…
  for caches_id in "$@"; do
    for caches_dir in $DNF_CACHES; do
      for caches_path in "$caches_dir/$caches_id"-* "$caches_dir/$caches_id".*; do
        [ ! -e "$caches_path" ] || printf '%s\n' "$caches_path"
      done
    done
  done | sort
}

# ── holds: a word in excludepkgs of dnf.conf, or, where the plugin is there, a line of its list ───────────────────
dnf_has_locks() { [ -f /etc/dnf/plugins/versionlock.conf ] && ! grep -Eqi '^ *enabled *= *(0|no|false)' /etc/dnf/plugins/versionlock.conf; }
dnf_excluded() { # one word a line
  [ -f "$DNF_CONF" ] || return 0
  awk '/^\[/ { main = ($0 ~ /^\[main\]/); key = 0; next }
    /^[ \t]*[#;]/ || !main { next }
    /^[ \t]/ { if (key) print; next }
    { key = ($0 ~ /^exclude(pkgs)?[ \t]*=/); if (key) { sub(/^[^=]*=/, ""); print } }' "$DNF_CONF" | tr ', \t' '\n\n\n' | grep .
}
dnf_locked() { # names that are locked, one a line
  dnf_listed
  dnf5_locked
}
# Whose every condition is `!=` is not locked: that version alone is left out.
dnf5_locked() {
  [ ! -f "$DNF5_LOCKS" ] || awk -F "[\"']" '/^[ \t]*name[ \t]*=/ { name = $2 } /^[ \t]*comparator[ \t]*=/ && $2 != "!=" { print name }' "$DNF5_LOCKS"
}
dnf_listed() {
  [ -f "$DNF_LOCKS" ] || return 0
  sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^!/d' -e '/^$/d' -e 's/-\([0-9]*:\)\{0,1\}[0-9*][^-]*-[^-]*$//' -e 's/-\*$//' "$DNF_LOCKS"
}
held_among() { # NAME, patterns on standard input
  while IFS= read -r among_pattern; do
    # shellcheck disable=SC2254
    case $1 in $among_pattern) return 0 ;; esac
  done
  return 1
}
dnf_held() { # PACKAGE: prints yes or no
  if dnf_excluded | held_among "$1" || dnf_locked | held_among "$1"; then printf yes; else printf no; fi
}
dnf_held_by() {
  if dnf_listed | held_among "$1"; then printf '%s' "$DNF_LOCKS"; elif dnf5_locked | held_among "$1"; then printf '%s' "$DNF5_LOCKS"; else
    printf 'excludepkgs in %s' "$DNF_CONF"
  fi
}

dnf_hold() { # PACKAGE
  # PackageKit knows nothing of dnf's plugins.
  if [ "$(dnf_held "$1")" = yes ]; then dnf_lock_again "$1"; elif dnf_has_locks && [ ! -e /usr/libexec/packagekitd ]; then dnf_lock "$1"; else dnf_exclude "$1"; fi
}
dnf_unhold() { # PACKAGE
  dnf_unlock "$1"
  dnf_include "$1"
}
# A lock names a version: that of before would keep the new one from being reinstalled.
dnf_lock_again() {
  dnf_listed | grep -qxF -- "$1" || return 0
  dnf_unlock "$1"
  dnf_lock "$1"
}
dnf_lock() { printf '%s.*\n' "$(rpm -q --qf '%{NAME}-%|EPOCH?{%{EPOCH}}:{0}|:%{VERSION}-%{RELEASE}' -- "$1")" | rpm_replace "$DNF_LOCKS" cat "$DNF_LOCKS" -; }
dnf_unlock() {
  [ -f "$DNF_LOCKS" ] || return 0
  unlock_name=$(printf '%s' "$1" | sed 's/[.+*]/\\&/g')
  rpm_replace "$DNF_LOCKS" sed "/^$unlock_name-[0-9*][^-]*-[^-]*$/d" "$DNF_LOCKS"
}
dnf_exclude() {
  rpm_replace "$DNF_CONF" awk -v name="$1" '
    /^\[main\]/ { print; main = 1; if (!has) { add = 1 } next }
    /^\[/ { if (add) { print "excludepkgs=" name; add = 0 } main = 0 }
    main && add && /^excludepkgs[ \t]*=/ { sub(/[ \t]*$/, ""); print $0 ($0 ~ /=$/ ? "" : " ") name; add = 0; next }
    { print }
    END { if (add) print "excludepkgs=" name; else if (!main && !NR) print "[main]\nexcludepkgs=" name }' "$DNF_CONF"
}
dnf_include() {
  [ -f "$DNF_CONF" ] || return 0
  rpm_replace "$DNF_CONF" awk -v name="$1" '
    /^excludepkgs[ \t]*=/ { line = $0; sub(/^[^=]*=[ \t]*/, "", line); count = split(line, words, /[ ,\t]+/); kept = ""
      for (i = 1; i <= count; i++) if (words[i] != name && words[i] != "") kept = kept (kept == "" ? "" : " ") words[i]
      if (count == 1 && words[1] == name) next
      if (kept != line) { print "excludepkgs=" kept; next } }
    { print }' "$DNF_CONF"
}
dnf_hold_files() { printf '%s\n%s\n' "$DNF_CONF" "$DNF_LOCKS"; }
dnf_without() { # PACKAGE FILE: what it says of everything else
  without_name=$(printf '%s' "$1" | sed 's/[.+*]/\\&/g')
  sed -e "/^$without_name-[0-9*][^-]*-[^-]*\$/d" -e "/^excludepkgs[[:space:]]*=/{s/\([ ,=]\)$without_name\$/\1/;s/\([ ,=]\)$without_name[ ,]/\1/;s/[[:space:]]*\$//;/=\$/d;}" "$2" 2>/dev/null
}
