# shellcheck shell=sh
# What rpm.sh asks of dnf, and the kind `hold`: rpm_hold_ACTION NAME yes|no.
# Of dnf 4 and 5 the same words. Nothing is installed by it: it resolves, fetches, and says what is on offer.

DNF_CONF=/etc/dnf/dnf.conf
DNF_LOCKS=/etc/dnf/plugins/versionlock.list
DNF_CACHES='/var/cache/dnf /var/cache/libdnf5 /var/lib/dnf/repos'

manager_name() { printf dnf; }
# Exclusions and locks are ours to judge: dnf would only say that there is no such package.
dnf_run() {
  # shellcheck disable=SC2046
  bounded 1800 dnf -y --setopt=install_weak_deps=0 --setopt=retries=3 --setopt=timeout=30 --setopt=disable_excludes=main \
    $(! dnf_has_locks || printf -- --disableplugin=versionlock) "$@" </dev/null
}
manager_fetch() { # SPEC DIRECTORY checked|unchecked
  fetch_check=
  [ "$3" = checked ] || fetch_check=--nogpgcheck
  # shellcheck disable=SC2086
  dnf_run $fetch_check --downloadonly --downloaddir="$2" install "$1" >"$OUT" 2>&1
}
manager_old() { # NAME VERSION DIRECTORY
  dnf_run --nogpgcheck --downloadonly --downloaddir="$3" reinstall "$1-$2" >"$OUT" 2>&1
  rpm_in "$3" "$1" "$2" >/dev/null
}
manager_offers() { # NAME: its versions, one a line
  dnf_run -q repoquery --showduplicates --arch "$(uname -m),noarch" --qf '%{evr}\n' "$1" >"$RUN/offers" 2>"$OUT" || return 1
  grep . "$RUN/offers" | sort -u
}
manager_reason() {
  reason_lines=$(grep -e '^Error' -e '^ *Problem' -e '^ *- ' -e '^\[MIRROR\]' -e '^No match' -e ': No match' -e 'GPG' -e 'Curl error' -e 'Status code' "$OUT" | tail -n 6)
  printf '%s' "${reason_lines:-$(last_words)}"
}
# dnf writes its process into files; one of a process that has ended says nothing.
manager_locks() {
  for locks_file in /var/run/dnf.pid /run/dnf/*.pid /var/cache/dnf/*.pid /var/lib/dnf/*.pid /run/yum.pid /run/zypp.pid; do
    [ -f "$locks_file" ] || continue
    locks_pid=$(file_line "$locks_file")
    case $locks_pid in '' | *[!0-9]*) continue ;; esac
    case $(tr '\000' ' ' <"/proc/$locks_pid/cmdline" 2>/dev/null) in
      *dnf* | *yum* | *zypp* | *packagekit*)
        printf '%s' "$locks_pid"
        return 0
        ;;
    esac
  done
  return 1
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
rpm_held() { # PACKAGE: prints yes or no
  if dnf_excluded | held_among "$1" || dnf_locked | held_among "$1"; then printf yes; else printf no; fi
}
rpm_held_by() { if dnf_locked | held_among "$1"; then printf '%s' "$DNF_LOCKS"; else printf 'excludepkgs in %s' "$DNF_CONF"; fi; }

rpm_set_hold() { # PACKAGE yes|no
  [ "$(rpm_held "$1")" != "$2" ] || { [ "$2" = no ] && return 0; rpm_lock_again "$1"; return; }
  if [ "$2" = yes ]; then
    if dnf_has_locks; then rpm_lock "$1"; else dnf_exclude "$1"; fi
    return
  fi
  dnf_unlock "$1"
  dnf_include "$1"
}
# A lock names a version: that of before would keep the new one from being reinstalled.
rpm_lock_again() {
  dnf_locked | grep -qxF -- "$1" || return 0
  dnf_unlock "$1"
  rpm_lock "$1"
}
rpm_lock() { printf '%s.*\n' "$(rpm -q --qf '%{NAME}-%|EPOCH?{%{EPOCH}}:{0}|:%{VERSION}-%{RELEASE}' -- "$1")" | dnf_replace "$DNF_LOCKS" cat "$DNF_LOCKS" -; }
dnf_unlock() {
  [ -f "$DNF_LOCKS" ] || return 0
  unlock_name=$(printf '%s' "$1" | sed 's/[.+*]/\\&/g')
  dnf_replace "$DNF_LOCKS" sed "/^$unlock_name-[0-9*][^-]*-[^-]*$/d" "$DNF_LOCKS"
}
dnf_exclude() {
  dnf_replace "$DNF_CONF" awk -v name="$1" '
    /^\[main\]/ { print; main = 1; if (!has) { add = 1 } next }
    /^\[/ { if (add) { print "excludepkgs=" name; add = 0 } main = 0 }
    main && add && /^excludepkgs[ \t]*=/ { sub(/[ \t]*$/, ""); print $0 ($0 ~ /=$/ ? "" : " ") name; add = 0; next }
    { print }
    END { if (add) print "excludepkgs=" name; else if (!main && !NR) print "[main]\nexcludepkgs=" name }' "$DNF_CONF"
}
dnf_include() {
  [ -f "$DNF_CONF" ] || return 0
  dnf_replace "$DNF_CONF" awk -v name="$1" '
    /^excludepkgs[ \t]*=/ { line = $0; sub(/^[^=]*=[ \t]*/, "", line); count = split(line, words, /[ ,\t]+/); kept = ""
      for (i = 1; i <= count; i++) if (words[i] != name && words[i] != "") kept = kept (kept == "" ? "" : " ") words[i]
      if (count == 1 && words[1] == name) next
      if (kept != line) { print "excludepkgs=" kept; next } }
    { print }' "$DNF_CONF"
}
dnf_replace() { # FILE COMMAND…: its output becomes the file
  replace_file=$1
  shift
  [ -f "$replace_file" ] || : >"$replace_file" || fail "cannot write $replace_file"
  replace_tmp=$(staged_name "$replace_file")
  cp -p -- "$replace_file" "$replace_tmp" 2>"$OUT" && "$@" >"$RUN/replaced" 2>"$OUT" && cat "$RUN/replaced" >"$replace_tmp" 2>"$OUT" ||
    { rm -f -- "$replace_tmp"; fail "cannot write $replace_file: $(last_words)"; }
  sync_path "$replace_tmp"
  mv -f -- "$replace_tmp" "$replace_file" || fail "cannot write $replace_file"
}
# Both files as they are; undone by putting them back where nobody has edited them since, else by the word alone.
rpm_hold_save() { # PACKAGE
  rpm_held "$1" >"$BACKUP/held"
  for save_file in "$DNF_CONF" "$DNF_LOCKS"; do
    [ ! -f "$save_file" ] || cp -a -- "$save_file" "$BACKUP/${save_file##*/}" || fail 'no space for the backup'
  done
}
rpm_hold_back() { # PACKAGE
  for back_file in "$DNF_CONF" "$DNF_LOCKS"; do
    hold_back_file "$1" "$back_file" "$BACKUP/${back_file##*/}"
  done
}
hold_back_file() { # PACKAGE FILE COPY
  if [ ! -f "$3" ]; then
    [ ! -f "$2" ] || [ -n "$(dnf_without "$1" "$2")" ] || rm -f -- "$2"
  elif [ ! -f "$2" ] || [ "$(dnf_without "$1" "$2")" = "$(dnf_without "$1" "$3")" ]; then
    cmp -s "$3" "$2" || cp -a -- "$3" "$2" || fail "$2 could not be put back"
    return
  fi
  case $(cat "$BACKUP/held")/$(rpm_held "$1") in
    no/yes) rpm_set_hold "$1" no ;;
    yes/no) [ -z "$(rpm_version "$1")" ] || rpm_set_hold "$1" yes ;;
  esac
}
dnf_without() { # PACKAGE FILE: what it says of everything else
  without_name=$(printf '%s' "$1" | sed 's/[.+*]/\\&/g')
  sed -e "/^$without_name-[0-9*][^-]*-[^-]*\$/d" -e "/^excludepkgs[[:space:]]*=/{s/\([ ,=]\)$without_name\$/\1/;s/\([ ,=]\)$without_name[ ,]/\1/;s/[[:space:]]*\$//;/=\$/d;}" "$2" 2>/dev/null
}

# The package may come with an earlier step of the round.
rpm_hold_guard() { nothing; }
rpm_hold_now() { [ -n "$(rpm_version "$1")" ] || mismatch "package $1 is not installed"; }
rpm_hold_backup() { rpm_hold_save "$1"; }
rpm_hold_apply() {
  rpm_set_hold "$1" "$2"
  point
}
rpm_hold_confirm() { [ "$(rpm_held "$1")" = "$2" ] || fail "the hold of $1 is still $(rpm_held "$1")"; }
rpm_hold_undo() { rpm_hold_back "$1"; }
rpm_hold_late() { nothing; }
rpm_hold_still() { nothing; }
rpm_hold_stage() { nothing; }
