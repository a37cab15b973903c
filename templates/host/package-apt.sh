# shellcheck shell=sh
# Kind `package` with apt: package_ACTION NAME VERSION RANGE BEFORE HOLDS REVERSIBLE [REMOVES]
#   (`-` = none; HOLDS: names that are held once it is there, those of them that are; REVERSIBLE no = goes on without a way back;
#   REMOVES: names of the installed packages that may go for it)
# Undo takes away exactly what the transaction added: packages by dpkg (no solver, no autoremove, no purge), the conffiles that
# were not there before, what deb-systemd-helper remembered. What it upgraded comes back from the packages that were kept.
# dpkg keeps knowing the conffiles of what we removed and would take their absence for the user's wish, so installs pass
# --force-confmiss, except where the user has removed one.

APT_LISTS=/var/lib/apt/lists
APT_ARCHIVES=/var/cache/apt/archives
DEB_HELPER=/var/lib/systemd
CONFMISS=--force-confmiss
MAY_REMOVE=
IGNORE_HOLD=
# Deepest first: what a runtime makes when it first starts with CRI, in a later round than its package came.
DAEMON_MADE='/etc/cni/net.d /etc/cni'

apt() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none \
    apt-get -y -q --no-install-recommends ${MAY_REMOVE:---no-remove} --allow-change-held-packages $IGNORE_HOLD \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o Dpkg::Use-Pty=0 \
    ${CONFMISS:+-o Dpkg::Options::=$CONFMISS} -o Dpkg::Options::=--force-confold "$@" </dev/null
}
apt_reason() {
  # dpkg says why in the line after its error.
  apt_errors=$(grep -A 1 -e '^E: ' -e '^Err:' -e '^dpkg: error' -e ' depends on ' -e 'is to be removed' "$OUT" | grep -vx -e -- | tail -n 6)
  printf '%s' "${apt_errors:-$(last_words)}"
}

# Process that holds a file's POSIX lock, from /proc/locks (`1: POSIX ADVISORY WRITE pid major:minor:inode start end`).
lock_owner() { # FILE
  [ -e "$1" ] && lock_inode=$(stat -c %i "$1") || return 1
  while read -r _ lock_kind _ _ lock_pid lock_where _; do
    [ "$lock_kind" != '->' ] || continue
    case $lock_where in
      *":$lock_inode")
        # Another filesystem may have a file of the same number.
        [ -n "$(find "/proc/$lock_pid/fd" -lname "$1" 2>/dev/null)" ] || continue
        printf '%s' "$lock_pid"
        return 0
        ;;
    esac
  done </proc/locks
  return 1
}
wait_for_dpkg() {
  wait_end=$(($(uptime_seconds) + 600))
  wait_told=
  while wait_pid=$(lock_owner /var/lib/dpkg/lock-frontend || lock_owner /var/lib/dpkg/lock || lock_owner "$APT_LISTS/lock" || lock_owner "$APT_ARCHIVES/lock"); do
    wait_name="$(file_line "/proc/$wait_pid/comm") (process $wait_pid)"
    [ -n "$wait_told" ] || note "waits for the package manager, which $wait_name is using"
    wait_told=yes
    [ "$(uptime_seconds)" -lt "$wait_end" ] || fail "the package manager has been in use by $wait_name for 10 minutes"
    sleep 1
  done
}

# Lists that are absent or a day old say nothing about what is on offer. apt touches `partial` whenever it looks for news.
refresh_lists() {
  if is_bundled; then
    bundle_open
    return
  fi
  if is_staged || [ -f "$RUN/lists-fresh" ]; then return 0; fi
  if lists_are_old; then
    wait_for_dpkg
    note 'refreshes the package lists'
    update_lists || fail "the package lists could not be refreshed: $(apt_reason)"
  fi
  : >"$RUN/lists-fresh"
}
lists_are_old() {
  [ -z "$(find "$APT_LISTS" -maxdepth 1 -name '*Packages*' 2>/dev/null | head -n 1)" ] ||
    [ -z "$(find "$APT_LISTS/partial" "$APT_LISTS" -maxdepth 0 -mmin -1440 2>/dev/null)" ]
}
update_lists() { # OPTION…
  bounded 600 apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Acquire::http::Timeout=30 "$@" update >"$OUT" 2>&1 </dev/null
}

# Whether VERSION is what was asked for: exactly WANT, or within RANGE (`1.7` admits 1.7.24~ds1-6, not 1.70).
version_fits() { # VERSION WANT RANGE
  [ -n "$1" ] || return 1
  [ "$2" = - ] || { [ "$1" = "$2" ]; return; }
  [ "$3" != - ] || return 0
  case ${1#*:} in "$3" | "$3"[.~+-]*) return 0 ;; esac
  return 1
}
version_words() { if [ "$2" != - ]; then printf '%s %s' "$1" "$2"; elif [ "$3" != - ]; then printf '%s %s' "$1" "$3"; else printf '%s' "$1"; fi; }

# What the transaction would do, one `name|old|new` per line; `name|old|` goes.
apt_simulate() { # NAME VERSION [OPTION]
  apt_target=$1
  [ "$2" = - ] || apt_target=$1=$2
  apt_down=
  [ "$2" = - ] || apt_down=--allow-downgrades
  # shellcheck disable=SC2086
  apt -s $apt_down ${3:-} install "$apt_target" >"$OUT" 2>&1 || return 1
  sed -n -e 's/^Inst \([^ ]*\) \(\[\([^]]*\)\] \)\{0,1\}(\([^ ]*\) .*/\1|\3|\4/p' -e 's/^Remv \([^ ]*\) \[\([^]]*\)\].*/\1|\2|/p' "$OUT"
}
# What has to go for a package is agreed to by name, and nothing goes besides.
package_may_remove() { # NAMES
  [ -z "$1" ] || MAY_REMOVE=--remove
}
package_goes_as_agreed() { # NAME REMOVES TRANSACTION
  for goes_name in $(printf '%s\n' "$3" | sed -n 's/^\([^|:]*\)[^|]*|[^|]\{1,\}|$/\1/p'); do
    case " $2 " in *" $goes_name "*) ;; *) mismatch "apt would remove $goes_name to install $1, and nobody agreed to that" ;; esac
  done
}

# The version to install: the one that is asked for, else the candidate, else the newest on offer that is within RANGE.
package_choice() { # NAME VERSION RANGE
  [ "$2" = - ] || { printf '%s' "$2"; return; }
  choice_candidate=$(apt-cache policy "$1" 2>"$OUT" | sed -n 's/^  Candidate: //p')
  case $choice_candidate in '' | '(none)') mismatch "no package source of this host offers $1" ;; esac
  for choice_version in "$choice_candidate" $(apt-cache madison "$1" 2>"$OUT" | sed -n 's/^[^|]*| *\([^ |]*\) *|.*/\1/p'); do
    if version_fits "$choice_version" - "$3"; then
      printf '%s' "$choice_version"
      return
    fi
  done
  mismatch "$1 $3 is wanted, the host's package sources offer $choice_candidate"
}

package_guard() {
  package_found=$(installed_version "$1")
  [ "${package_found:--}" = "$4" ] || mismatch "package $1 has changed since the plan: planned against $(package_words "$4"), found $(package_words "${package_found:--}")"
  refresh_lists
  package_may_remove "${7:-}"
  guard_version=$(package_choice "$1" "$2" "$3") || { printf '%s' "$guard_version"; exit 1; }
  wait_for_dpkg
  package_transaction "$1" "$guard_version" >"$RUN/transaction" || package_refused "$1" "$guard_version"
  guard_transaction=$(cat "$RUN/transaction")
  package_goes_as_agreed "$1" "${7:-}" "$guard_transaction"
  while IFS='|' read -r guard_name guard_old _; do
    [ -n "$guard_old" ] || continue
    package_not_held "$1" "$guard_version" "$guard_name" "$guard_old"
    [ "$6" != yes ] || old_is_to_be_had "$1" "$guard_name" "$guard_old" ||
      mismatch "$guard_name $guard_old, which is installed now, is not on offer any more, so this could not be undone; --allow-irreversible goes on without a way back"
  done <<TRANSACTION
$guard_transaction
TRANSACTION
  package_as_staged "$1" "$guard_transaction"
  package_as_bundled "$guard_transaction"
}
# apt moves what is held only where it is asked for it by name. Of holds it may know those of nodeprep alone.
package_transaction() { # NAME VERSION: prints the transaction; sets IGNORE_HOLD
  ! apt_simulate "$1" "$2" || return 0
  [ -n "$(own_holds)" ] || return 1
  cp -- "$OUT" "$RUN/refused" || return 1
  IGNORE_HOLD=--ignore-hold
  if transaction_lines=$(apt_simulate "$1" "$2") && ! moves_held_by_others "$1" "$transaction_lines"; then
    printf '%s\n' "$transaction_lines"
    return
  fi
  IGNORE_HOLD=
  cp -- "$RUN/refused" "$OUT"
  return 1
}
moves_held_by_others() { # NAME TRANSACTION
  printf '%s\n' "$2" | while IFS='|' read -r moves_name moves_old _; do
    if [ -z "$moves_old" ] || [ "$moves_name" = "$1" ] || [ "$(held "$moves_name")" != yes ]; then continue; fi
    own_hold "$moves_name" || exit 9
  done
  [ $? -eq 9 ]
}
# The inventory overrules a hold of the package that it names, and nodeprep its own.
package_not_held() { # NAME VERSION OTHER OLD
  if [ "$3" = "$1" ] || [ "$(held "$3")" != yes ] || own_hold "$3"; then return 0; fi
  mismatch "$1 $2 needs another version of $3 than $4, which is held; to allow it: apt-mark unhold $3"
}
# Why apt would not: of holds it only says that there are some.
package_refused() { # NAME VERSION
  refused_reason=$(apt_reason)
  refused_unheld=$(apt_simulate "$1" "$2" --ignore-hold) && while IFS='|' read -r refused_name refused_old _; do
    [ -z "$refused_old" ] || package_not_held "$1" "$2" "$refused_name" "$refused_old"
  done <<TRANSACTION
$refused_unheld
TRANSACTION
  mismatch "apt would not install $(version_words "$1" "$2" -): $refused_reason"
}
package_words() { if [ "$1" = - ]; then printf 'none'; else printf '%s' "$1"; fi; }

# An earlier step of the round may have brought it as a dependency.
package_now() {
  package_found=$(installed_version "$1")
  [ "${package_found:--}" = "$4" ] || version_fits "$package_found" "$2" "$3" ||
    mismatch "package $1 has changed since the plan: planned against $(package_words "$4"), found $(package_words "$package_found")"
}

package_backup() {
  package_may_remove "${7:-}"
  backup_version=$(package_choice "$1" "$2" "$3") || { printf '%s' "$backup_version"; exit 1; }
  wait_for_dpkg
  package_transaction "$1" "$backup_version" >"$BACKUP/transaction" || fail "$(apt_reason)"
  [ -z "$IGNORE_HOLD" ] || : >"$BACKUP/ignores-holds"
  package_goes_as_agreed "$1" "${7:-}" "$(cat "$BACKUP/transaction")"
  package_as_staged "$1" "$(cat "$BACKUP/transaction")"
  dpkg-query -W -f '${binary:Package}|${db:Status-Want}|${db:Status-Status}|${Version}\n' >"$BACKUP/packages" || fail 'dpkg-query failed'
  if apt-mark showauto "$1" 2>/dev/null | grep -qx -- "$1"; then echo auto; else echo manual; fi >"$BACKUP/mark"
  held "$1" >"$BACKUP/held"
  save_records
  apt-mark showauto 2>/dev/null >"$BACKUP/auto"
  find /etc -xdev >"$BACKUP/etc" 2>/dev/null || fail '/etc could not be listed'
  for backup_kind in enabled masked; do
    [ ! -d "$DEB_HELPER/deb-systemd-helper-$backup_kind" ] || cp -a "$DEB_HELPER/deb-systemd-helper-$backup_kind" "$BACKUP/$backup_kind" || fail 'no space for the backup'
  done
  package_backup_old "$1" "$6"
}
removed_names() { sed -n 's/^\([^|]*\)|[^|]\{1,\}|$/\1/p' "$BACKUP/transaction"; }
# Of an upgrade or a removal: what was there before, and comes back.
upgraded_names() { sed -n 's/^\([^|]*\)|[^|]\{1,\}|.*/\1/p' "$BACKUP/transaction"; }
conffiles_of() { # NAME…: `hash path`, without those that the package has given up
  # shellcheck disable=SC2016
  dpkg-query -W -f '${Conffiles}\n' "$@" 2>/dev/null | sed -n 's#^ \(/.*\) \([0-9a-f]\{32\}\)$#\2 \1#p'
}

# What an upgrade replaces, and the way back: the package that is installed now.
package_backup_old() { # NAME REVERSIBLE
  old_names=$(upgraded_names)
  [ -n "$old_names" ] || return 0
  # shellcheck disable=SC2086
  dpkg-query -L $old_names >"$BACKUP/owned" 2>/dev/null
  if [ -d /run/systemd/system ]; then
    units_in "$BACKUP/owned" | while read -r old_unit; do
      printf '%s %s\n' "$(systemctl show -p ActiveState --value "$old_unit" 2>/dev/null)" "$old_unit"
    done >"$BACKUP/activity"
  fi
  # shellcheck disable=SC2086
  conffiles_of $old_names >"$BACKUP/owned-conffiles"
  mkdir "$BACKUP/conffiles-before" || fail 'no space for the backup'
  while read -r _ old_path; do
    for old_file in "$old_path" "$old_path.dpkg-dist" "$old_path.dpkg-old"; do
      [ -f "$old_file" ] || continue
      mkdir -p "$BACKUP/conffiles-before${old_file%/*}" && cp -a -- "$old_file" "$BACKUP/conffiles-before$old_file" || fail 'no space for the backup'
    done
  done <"$BACKUP/owned-conffiles"
  package_fetch_old "$1" "$2" "$BACKUP/transaction" "$BACKUP/debs"
}
units_in() { sed -n 's#^.*/systemd/system/\([^/]*\.[a-z]*\)$#\1#p' "$1" | sort -u; }

archived_deb() { deb_in "$APT_ARCHIVES" "$1" "$2"; } # NAME VERSION: in apt's cache
old_is_to_be_had() { # OF NAME VERSION
  if is_staged; then deb_in "$(staged_package "$1")/old" "$2" "$3" >/dev/null; return; fi
  shift
  quietly apt-get -q --print-uris download "$1=$2" || archived_deb "$1" "$2" >/dev/null
}
package_fetch_old() { # NAME REVERSIBLE TRANSACTION DIRECTORY
  mkdir "$4" && chmod 755 "$4" || fail 'no space for the backup'
  while IFS='|' read -r fetch_name fetch_old _; do
    if [ -z "$fetch_old" ] || fetch_one "$1" "$fetch_name" "$fetch_old" "$4"; then continue; fi
    [ "$2" != yes ] || fail "$fetch_name $fetch_old, which is installed now, could not be fetched, so this could not be undone; --allow-irreversible goes on without a way back: $(apt_reason)"
    # Half of the way back is none.
    rm -rf "$4"
    note "$fetch_name $fetch_old is not to be had any more: there is no way back from this"
    return 0
  done <"$3"
}
fetch_one() { # OF NAME VERSION DIRECTORY
  if is_staged; then
    fetch_file=$(deb_in "$(staged_package "$1")/old" "$2" "$3") && cp -- "$fetch_file" "$4/"
    return
  fi
  (cd "$4" && bounded 600 apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::http::Timeout=30 download "$2=$3") >"$OUT" 2>&1 </dev/null && return
  fetch_file=$(archived_deb "$2" "$3") && cp -- "$fetch_file" "$4/"
}
has_way_back() { [ -z "$(upgraded_names)" ] || [ -d "$BACKUP/debs" ]; }

# What the user removed stays removed.
package_confmiss() {
  [ -f "$BACKUP/owned-conffiles" ] || return 0
  while read -r _ confmiss_path; do
    [ -e "$confmiss_path" ] || CONFMISS=
  done <"$BACKUP/owned-conffiles"
}
package_apply() {
  package_may_remove "${7:-}"
  apply_version=$(sed -n "s/^$(printf '%s' "$1" | sed 's/[.+]/\\&/g')|[^|]*|//p" "$BACKUP/transaction")
  package_confmiss
  [ ! -f "$BACKUP/ignores-holds" ] || IGNORE_HOLD=--ignore-hold
  wait_for_dpkg
  apply_from=
  if is_staged; then
    apply_from=$(staged_package "$1")/new
    mkdir -p "$apply_from/partial" || fail 'cannot write to what is staged'
  elif ! apt -d --allow-downgrades install "$1${apply_version:+=$apply_version}" >"$OUT" 2>&1; then
    fail "$1 could not be fetched: $(apt_reason)"
  fi
  point
  if ! apt ${apply_from:+--no-download -o APT::Sandbox::User=root -o Dir::Cache::archives="$apply_from"} --allow-downgrades install "$1${apply_version:+=$apply_version}" >"$OUT" 2>&1; then fail "$1 could not be installed: $(apt_reason)"; fi
  point
  package_memo
  point
  package_holds "$5"
}
# A hold is lifted for the transaction alone; one of what has gone is nobody's.
package_holds() { # HOLDS
  for holds_name in $(upgraded_names); do
    if [ -z "$(installed_version "$holds_name")" ]; then forget_hold "$holds_name"; elif was_held "$holds_name"; then set_hold "$holds_name" yes; fi
  done
  for holds_name in $(installed_of "$1"); do take_hold "$holds_name"; done
}
installed_of() { # NAMES
  for installed_name in $1; do [ -z "$(installed_version "$installed_name")" ] || printf '%s\n' "$installed_name"; done
}
was_held() { [ "$(was_line "$1" | cut -d '|' -f 2,3)" = 'hold|installed' ]; } # PACKAGE: before the step

package_confirm() {
  package_found=$(installed_version "$1")
  version_fits "$package_found" "$2" "$3" || fail "$1 is $(package_words "${package_found:--}") after apt-get install, wanted $(version_words "$1" "$2" "$3")"
  for confirm_name in $(installed_of "$5"); do [ "$(held "$confirm_name")" = yes ] || fail "$confirm_name is not held"; done
  sync
}

# Packages the transaction added and that are there now, half-installed ones too.
package_added() {
  while IFS='|' read -r added_name added_old _; do
    [ -z "$added_old" ] || continue
    case $(was_status "$added_name") in '' | not-installed | config-files) ;; *) continue ;; esac
    case $(dpkg-query -W -f '${db:Status-Status}' -- "$added_name" 2>/dev/null) in
      '' | not-installed | config-files) ;;
      *) printf '%s\n' "$added_name" ;;
    esac
  done <"$BACKUP/transaction"
}
was_line() { awk -F '|' -v name="$1" '{ plain = $1; sub(/:.*/, "", plain) } plain == name { print; exit }' "$BACKUP/packages"; } # PACKAGE: `name|want|status|version`
was_status() { was_line "$1" | cut -d '|' -f 3; }

# Units and conffiles can only be asked for while the packages are there: those that the transaction brought.
package_memo() {
  [ ! -f "$BACKUP/memo" ] || return 0
  memo_names="$(package_added) $(upgraded_names)"
  [ "$memo_names" != ' ' ] || return 0
  [ -f "$BACKUP/owned" ] || : >"$BACKUP/owned"
  # shellcheck disable=SC2086
  dpkg-query -L $memo_names 2>/dev/null | grep -vxF -f "$BACKUP/owned" >"$BACKUP/brought"
  units_in "$BACKUP/brought" >"$BACKUP/units"
  # shellcheck disable=SC2086
  conffiles_of $memo_names >"$BACKUP/conffiles"
  # Those of the packages and those their daemons made when they started.
  find /etc -xdev -type d 2>/dev/null | grep -vxF -f "$BACKUP/etc" >"$BACKUP/directories"
  : >"$BACKUP/memo"
}

# What dpkg was cut at is in none of its lists: removed as it is, all that it had laid out would stay. So it unpacks that once
# more, after which it knows. `newconffile`: unpacked and never configured, so a conffile may be there that dpkg knows no sum of.
package_complete() { # OF
  while IFS='|' read -r complete_name _ complete_new; do
    # shellcheck disable=SC2016
    complete_was=$(dpkg-query -W -f '${db:Status-Eflag} ${Conffiles}' -- "$complete_name" 2>/dev/null)
    case $complete_was in *reinstreq* | *' newconffile'*) ;; *) continue ;; esac
    package_unpack "$1" "$complete_name" "$complete_new" && continue
    case $complete_was in *reinstreq*) printf '%s was cut while it was unpacked, and its package is not to be had to complete it: files of it may stay. ' "$complete_name $complete_new" ;; esac
  done <"$BACKUP/transaction"
}
package_unpack() { # OF NAME VERSION
  unpack_from=$APT_ARCHIVES
  ! is_staged || unpack_from=$(staged_package "$1")/new
  ! is_bundled || unpack_from=$RUN/bundle
  if unpack_file=$(deb_in "$unpack_from" "$2" "$3") && dpkg_unpack "$unpack_file"; then return; fi
  # Lost, or cut as well.
  rm -rf "$BACKUP/again"
  mkdir "$BACKUP/again" && chmod 755 "$BACKUP/again" || return 1
  fetch_one "$1" "$2" "$3" "$BACKUP/again" && unpack_file=$(deb_in "$BACKUP/again" "$2" "$3") && dpkg_unpack "$unpack_file"
}
dpkg_unpack() { DEBIAN_FRONTEND=noninteractive quietly dpkg --no-triggers --auto-deconfigure --unpack "$1"; }

package_undo() {
  wait_for_dpkg
  reset_begin
  package_complete "$1" >"$BACKUP/said"
  package_memo
  undo_names=$(package_added)
  if is_reset; then undo_names=$(reset_names dpkg_may_remove "$undo_names") || exit; fi
  package_holds_back "$1" "$5"
  if [ -z "$(removed_names)" ]; then
    package_downgrade
    point
    package_remove_added
  else
    # What came cannot be beside what went for it.
    is_reset || has_way_back || fail "what went for $1 is not to be had any more: $(removed_names | tr '\n' ' ')"
    package_remove_added --force-depends
    point
    package_downgrade
    package_marks_back
  fi
  package_forget >>"$BACKUP/said"
  package_conffiles_back
  package_holds_back "$1" "$5"
  if [ "$(cat "$BACKUP/mark")" = auto ] && [ -n "$(installed_version "$1")" ]; then quietly apt-mark auto "$1"; fi
  package_as_before
  # The services of what was upgraded come last, after every file that they read.
  [ ! -s "$BACKUP/activity" ] || exit 3
  cat "$BACKUP/said"
}
dpkg_may_remove() { quietly dpkg --no-act --force-hold --remove "$@"; }
package_remove_added() { # [OPTION]
  [ -n "$undo_names" ] || return 0
  for undo_name in $undo_names; do set_hold "$undo_name" no; done
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive quietly dpkg --force-remove-reinstreq ${1:-} --remove $undo_names || fail "packages could not be removed: $(apt_reason)"
  point
  quietly dpkg --triggers-only --pending
}
# apt forgets of what it removes that nobody asked for it.
package_marks_back() {
  for marks_name in $(removed_names); do
    if grep -qx -- "$marks_name" "$BACKUP/auto"; then quietly apt-mark auto "$marks_name"; fi
  done
}
# What was held before is held again, and what nodeprep holds since is not.
package_holds_back() { # NAME HOLDS
  for back_name in $(installed_of "$1 $2 $(upgraded_names | tr '\n' ' ')"); do
    if was_held "$back_name"; then set_hold "$back_name" yes; elif [ "$back_name" = "$1" ] || own_hold "$back_name"; then set_hold "$back_name" no; fi
  done
  # shellcheck disable=SC2046,SC2086
  records_back "$1" $2 $(upgraded_names)
}

package_downgrade() {
  downgrade_any=
  downgrade_files=
  while IFS='|' read -r downgrade_name downgrade_old downgrade_new; do
    [ -n "$downgrade_old" ] || continue
    downgrade_found=$(installed_version "$downgrade_name")
    if [ "$downgrade_found" = "$downgrade_old" ]; then continue; fi
    if is_reset && reset_leaves_version "$downgrade_name" "$downgrade_found" "$downgrade_old" "$downgrade_new"; then continue; fi
    downgrade_any="$downgrade_any $downgrade_name"
    downgrade_file=$(deb_in "$BACKUP/debs" "$downgrade_name" "$downgrade_old") && downgrade_files="$downgrade_files $downgrade_file"
  done <"$BACKUP/transaction"
  [ -n "$downgrade_any" ] || return 0
  has_way_back || fail "these packages stay at their new version, the old one was not to be had:$downgrade_any"
  # What the new version brought along may break the old one and own some of its files; it goes next.
  if ! is_reset; then downgrade_files=$(printf '%s ' "$BACKUP"/debs/*.deb); fi
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive quietly dpkg --force-downgrade --force-confold --force-hold --force-overwrite --force-breaks --auto-deconfigure --install $downgrade_files ||
    fail "packages could not be put back to their old version: $(apt_reason)"
}

# What dpkg laid beside conffiles that somebody edited, and conffiles that the new version had given up.
package_conffiles_back() {
  [ -d "$BACKUP/conffiles-before" ] || return 0
  while read -r _ back_path; do
    for back_file in "$back_path.dpkg-dist" "$back_path.dpkg-old" "$back_path.dpkg-new" "$back_path.dpkg-bak"; do
      [ -e "$BACKUP/conffiles-before$back_file" ] || grep -qxF -- "$back_file" "$BACKUP/etc" || rm -f -- "$back_file"
    done
    for back_file in "$back_path" "$back_path.dpkg-dist" "$back_path.dpkg-old"; do
      [ -e "$BACKUP/conffiles-before$back_file" ] || continue
      if [ "$back_file" = "$back_path" ] && [ -e "$back_file" ]; then continue; fi
      cp -a -- "$BACKUP/conffiles-before$back_file" "$back_file" || fail "$back_file could not be put back"
    done
  done <"$BACKUP/owned-conffiles"
}

# What removal leaves of packages that were not there before.
package_forget() {
  [ -f "$BACKUP/memo" ] || return 0
  while read -r forget_unit; do
    reset_left_path "/$forget_unit" || package_forget_unit "$forget_unit"
  done <"$BACKUP/units"
  while read -r forget_sum forget_path; do
    if reset_left_path "$forget_path"; then continue; fi
    # What dpkg laid beside a file that was there before its package.
    grep -qxF -- "$forget_path.dpkg-dist" "$BACKUP/etc" || rm -f -- "$forget_path.dpkg-dist"
    if grep -qxF -- "$forget_path" "$BACKUP/etc" || [ ! -f "$forget_path" ]; then continue; fi
    if [ "$(md5sum <"$forget_path" | cut -c 1-32)" != "$forget_sum" ]; then
      printf '%s stays: it was edited after its package came. ' "$forget_path" | one_line
      continue
    fi
    rm -f -- "$forget_path"
    case $forget_path in /etc/init.d/*) package_forget_runlevels "${forget_path##*/}" ;; esac
  done <"$BACKUP/conffiles"
  package_forget_unconfigured
  package_forget_user_units
  # Deepest first. What is not empty is in use.
  sort -r "$BACKUP/directories" | while IFS= read -r forget_path; do
    [ ! -d "$forget_path" ] || rmdir -- "$forget_path" 2>/dev/null
  done
  for forget_path in $DAEMON_MADE; do
    grep -qxF -- "$forget_path" "$BACKUP/etc" || rmdir -- "$forget_path" 2>/dev/null
  done
  return 0
}
# Links of an init script, which update-rc.d made for runlevels.
package_forget_runlevels() { # NAME
  for runlevel_link in /etc/rc[0-6S].d/[KS][0-9][0-9]"$1"; do
    if [ ! -L "$runlevel_link" ] || grep -qxF -- "$runlevel_link" "$BACKUP/etc"; then continue; fi
    rm -f -- "$runlevel_link"
  done
}
# Conffiles lie beside their places until dpkg configures the package.
package_forget_unconfigured() {
  grep '^/etc/' "$BACKUP/brought" | while IFS= read -r beside_path; do
    if [ ! -f "$beside_path.dpkg-new" ] || grep -qxF -- "$beside_path.dpkg-new" "$BACKUP/etc"; then continue; fi
    if cmp -s "$beside_path" "$beside_path.dpkg-new" && ! grep -qxF -- "$beside_path" "$BACKUP/etc"; then rm -f -- "$beside_path"; fi
    rm -f -- "$beside_path.dpkg-new"
  done
}
# Links that enable them for every user; those are not asked what runs.
package_forget_user_units() {
  sed -n 's#^.*/systemd/user/\([^/]*\.[a-z]*\)$#\1#p' "$BACKUP/brought" | sort -u | while IFS= read -r user_unit; do
    find /etc/systemd/user -name "$user_unit" -type l | while IFS= read -r user_link; do
      grep -qxF -- "$user_link" "$BACKUP/etc" || rm -f -- "$user_link"
    done
  done
}
# As the package's own purge would do it, which we do not run because it may take data along.
package_forget_unit() {
  [ ! -e "$BACKUP/enabled/$1.dsh-also" ] || return 0
  if command -v deb-systemd-helper >/dev/null 2>&1; then
    # It only works for maintainer scripts.
    quietly env DPKG_MAINTSCRIPT_PACKAGE=nodeprep deb-systemd-helper purge "$1"
    quietly env DPKG_MAINTSCRIPT_PACKAGE=nodeprep deb-systemd-helper unmask "$1"
  fi
  find /etc/systemd/system -name "$1" -type l | while read -r forget_link; do
    grep -qxF -- "$forget_link" "$BACKUP/etc" || rm -f -- "$forget_link"
  done
  if [ -d /run/systemd/system ]; then
    quietly systemctl daemon-reload
    quietly systemctl reset-failed "$1"
  fi
  return 0
}

package_as_before() {
  while IFS='|' read -r before_name before_old _; do
    if reset_left "$before_name"; then continue; fi
    before_found=$(installed_version "$before_name")
    [ "$before_found" = "$before_old" ] || fail "package $before_name is $(package_words "${before_found:--}"), was $(package_words "${before_old:--}")"
  done <"$BACKUP/transaction"
}

# Units of what was upgraded run, or not, as before, and with the program that is there now: a policy-rc.d keeps packages from restarting them.
package_late() {
  cat "$BACKUP/said"
  quietly systemctl daemon-reload
  while read -r late_was late_unit; do
    if is_reset && reset_has_unit "$late_unit"; then continue; fi
    service_show "$late_unit"
    [ "$UNIT_Load" != not-found ] || continue
    case $late_was/$UNIT_Active in
      inactive/active | failed/active | inactive/activating | failed/activating) quietly systemctl stop "$late_unit" || fail "$late_unit cannot be stopped: $(last_words)" ;;
      active/active) if runs_replaced "$UNIT_Pid"; then service_restore "$late_unit"; fi ;;
      active/*) service_restore "$late_unit" ;;
    esac
  done <"$BACKUP/activity"
}
runs_replaced() { # PID: its program file has been replaced since it started
  case $(readlink "/proc/$1/exe" 2>/dev/null) in *' (deleted)') return 0 ;; esac
  return 1
}

package_still() {
  if is_reset; then
    reset_needed dpkg_may_remove package_added
    return
  fi
  newest_on package "$1" || return 0
  package_as_left "$1" "$(installed_version "$1")"
  has_way_back || package_no_way_back
  still_needed=$(package_needed_by)
  [ -z "$still_needed" ] || mismatch "other packages have come to need what this run installed: $still_needed"
}
package_as_left() { # NAME VERSION, as it is now
  package_left=$(sed -n "s/^$(printf '%s' "$1" | sed 's/[.+]/\\&/g')|[^|]*|//p" "$BACKUP/transaction")
  if [ -n "$package_left" ] && [ "$2" != "$package_left" ]; then
    mismatch "package $1 has changed since this run installed $package_left: found $(package_words "${2:--}")"
  fi
}
package_no_way_back() {
  mismatch "this run replaced packages whose old versions were not to be had:$(sed -n 's/^\([^|]*\)|\([^|]\{1,\}\)|.*/ \1 \2/p' "$BACKUP/transaction" | tr '\n' ',' | sed 's/,$//')"
}
# Of other steps of the same run, which goes when they are undone.
added_beside() { # COMMAND that lists what a step has added
  for beside_backup in "$RUN"/backup/*/; do
    if [ ! -f "${beside_backup}transaction" ] || [ "${beside_backup%/}" = "$BACKUP" ]; then continue; fi
    (BACKUP=${beside_backup%/} && "$1")
  done
}
# Who needs what the transaction added, besides those that it upgraded and that go back with it.
package_needed_by() {
  needed_names=$(package_added)
  [ -n "$needed_names" ] || return 0
  needed_names="$needed_names $(added_beside package_added)"
  # shellcheck disable=SC2086
  if quietly dpkg --no-act --force-hold --remove $needed_names; then return 0; fi
  needed_by=$(sed -n 's/^ \([^ ]*\) depends on .*/\1/p' "$OUT" | sed 's/:[a-z0-9]*$//' | sort -u)
  upgraded_names >"$BACKUP/upgraded"
  # What was there before is met by what comes back.
  [ -z "$(removed_names)" ] || sed -n 's/^\([^|:]*\)[^|]*|[^|]*|installed|.*/\1/p' "$BACKUP/packages" >>"$BACKUP/upgraded"
  [ -n "$needed_by" ] || { last_words; return; }
  printf '%s\n' "$needed_by" | grep -vxF -f "$BACKUP/upgraded" | tr '\n' ' '
}
