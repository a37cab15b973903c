# shellcheck shell=sh
# Kind `package` where rpm is: rpm_package_ACTION NAME VERSION RANGE BEFORE HOLDS REVERSIBLE [REMOVES]   (`-` = none; HOLDS: names that are
# held once it is there, those of them that are; REVERSIBLE no = goes on without a way back; REMOVES: names of installed packages that may
# go for it). See docs/adr/0014-rpm-transactions.md.
# and kind `hold`: rpm_hold_ACTION NAME yes|no; whose holds are nodeprep's: hold.sh
# The package manager of the change (MANAGER: package-dnf.sh, package-zypper.sh) resolves and fetches; what it fetched is the transaction,
# and rpm alone makes it, without network, from those files. Undo: rpm puts back the packages that were there and takes away those that
# were not.

manager_fetch() { "${MANAGER}_fetch" "$@"; } # NAME VERSION DIRECTORY checked|unchecked REMOVES: what the package and all that it needs would bring, with REMOVES gone
manager_old() { "${MANAGER}_old" "$@"; } # NAME VERSION DIRECTORY: the file of a package that is installed
manager_offers() { "${MANAGER}_offers" "$@"; } # NAME: its versions, one a line
manager_reason() { "${MANAGER}_reason"; } # what was wrong, of $OUT
manager_process() { "${MANAGER}_process"; } # the process that is using it
manager_proxy() { "${MANAGER}_proxy" "$@"; } # URL: the proxy that it would take
manager_refresh() { "${MANAGER}_refresh" "$@"; } # ID…: reads what these repositories offer
manager_caches() { "${MANAGER}_caches" "$@"; } # ID…: what it keeps of them, one path a line
manager_held() { "${MANAGER}_held" "$@"; } # PACKAGE: prints yes or no
manager_held_by() { "${MANAGER}_held_by" "$@"; } # PACKAGE: where that is said
manager_hold() { "${MANAGER}_hold" "$@"; } # PACKAGE
manager_unhold() { [ "$(manager_held "$1")" != yes ] || "${MANAGER}_unhold" "$@"; } # PACKAGE
manager_hold_files() { "${MANAGER}_hold_files"; } # files that say what is held, one a line
manager_at_root() { "${MANAGER}_at_root"; } # from now on it works for RUN/root, where nothing is installed, with the repositories of RUN/repos.d, where it puts the host's
manager_without() { "${MANAGER}_without" "$@"; } # PACKAGE FILE: what such a file says of everything else

rpm_version() { # PACKAGE: EPOCH:VERSION-RELEASE, the newest where several are installed; empty unless it is installed
  rpm_line=$(rpm -q --qf '%{EVR}\n' -- "$1" 2>/dev/null) || return 0
  printf '%s' "${rpm_line##*"$NEWLINE"}"
}
rpm_work() { printf '%s/rpms/%s' "$RUN" "$STEP"; }
rpm_keys() { rpm -q gpg-pubkey --qf '%{NAME}-%{VERSION}-%{RELEASE}\n' 2>/dev/null | grep '^gpg-pubkey-' | sort; }
rpm_names() { sed 's/|.*//' "$BACKUP/transaction"; }
rpm_removed() { sed -n 's/^\([^|]*\)|[^|]\{1,\}|$/\1/p' "$BACKUP/transaction"; }
# Of an upgrade or a removal: what was there before, and comes back.
rpm_upgraded() { sed -n 's/^\([^|]*\)|[^|]\{1,\}|.*/\1/p' "$BACKUP/transaction"; }

rpm_wait() {
  wait_end=$(($(uptime_seconds) + 600))
  wait_told=
  while wait_pid=$(rpm_locked); do
    wait_name="$(file_line "/proc/$wait_pid/comm") (process $wait_pid)"
    [ -n "$wait_told" ] || note "waits for the package manager, which $wait_name is using"
    wait_told=yes
    [ "$(uptime_seconds)" -lt "$wait_end" ] || fail "the package manager has been in use by $wait_name for 10 minutes"
    sleep 1
  done
}
rpm_locked() { # the process that uses rpm's database, or the package manager
  for locked_file in /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock; do
    lock_owner "$locked_file" && return 0
  done
  manager_process
}
# Package managers write their process into files; one of a process that has ended says nothing.
process_in() { # PATTERNS-OF-ITS-COMMAND-LINE FILE…
  process_patterns=$1
  shift
  for process_file in "$@"; do
    [ -f "$process_file" ] || continue
    process_id=$(file_line "$process_file")
    case $process_id in '' | *[!0-9]*) continue ;; esac
    process_line=$({ tr '\000' ' ' <"/proc/$process_id/cmdline"; } 2>/dev/null)
    if printf '%s\n' "$process_line" | grep -qE -e "$process_patterns"; then
      printf '%s' "$process_id"
      return 0
    fi
  done
  return 1
}

# What the files in a directory would do that is not done yet, one `name|old|new` per line, and `name|old|` of what goes for them; in the
# same order always.
rpm_transaction() { # DIRECTORY [REMOVES]
  for transaction_name in ${2:-}; do
    transaction_old=$(rpm_version "$transaction_name")
    [ -z "$transaction_old" ] || printf '%s|%s|\n' "$transaction_name" "$transaction_old"
  done >"$RUN/goes"
  rpm_incoming "$1" >"$RUN/comes" && sort "$RUN/comes" "$RUN/goes"
}
rpm_incoming() { # DIRECTORY
  for transaction_file in "$1"/*.rpm; do
    [ -f "$transaction_file" ] || continue
    transaction_line=$(rpm -qp --nosignature --qf '%{NAME}|%{EVR}\n' -- "$transaction_file" 2>"$OUT") || return 1
    transaction_new=${transaction_line#*|}
    transaction_old=$(rpm_version "${transaction_line%%|*}")
    if [ "$transaction_old" = "$transaction_new" ]; then rm -f -- "$transaction_file"; else
      printf '%s|%s|%s\n' "${transaction_line%%|*}" "$transaction_old" "$transaction_new"
    fi
  done
}
rpm_in() { # DIRECTORY NAME VERSION: the file of that package
  for in_file in "$1"/*.rpm; do
    [ -f "$in_file" ] || continue
    if [ "$(rpm -qp --nosignature --qf '%{NAME}|%{EVR}' -- "$in_file" 2>/dev/null)" = "$2|$3" ]; then
      printf '%s' "$in_file"
      return 0
    fi
  done
  return 1
}

rpm_version_in() { sed -n "s/^$(printf '%s' "$1" | sed 's/[.+]/\\&/g')|[^|]*|//p" "$2"; } # NAME TRANSACTION
# The version to install: the one that is asked for, else the newest on offer that is within RANGE; empty = whatever the manager takes.
rpm_choice() { # NAME VERSION RANGE
  if is_staged; then
    rpm_version_in "$1" "$(staged_package "$1")/transaction"
    return
  fi
  if is_bundled && [ "$2" != - ]; then
    printf '%s' "$2"
    return
  fi
  [ "$2$3" != -- ] || return 0
  choice_offers=$(manager_offers "$1") || fail "the package sources could not be asked: $(manager_reason)"
  choice_best=
  for choice_version in $choice_offers; do
    version_fits "$choice_version" "$2" "$3" || continue
    if [ -z "$choice_best" ] || [ "$(rpm --eval "%{lua:print(rpm.vercmp('$choice_version', '$choice_best'))}")" = 1 ]; then
      choice_best=$choice_version
    fi
  done
  [ -n "$choice_best" ] || mismatch "$(version_words "$1" "$2" "$3") is wanted, the host's package sources offer $(rpm_offer_words "$choice_offers")"
  printf '%s' "$choice_best"
}
rpm_offer_words() { if [ -z "$1" ]; then printf 'none'; else printf '%s' "$1" | tr '\n' ' ' | sed -e 's/ *$//' -e 's/ /, /g'; fi; }

# Everything that the step needs comes while guards run: nothing is changed by it, and what is wrong with it is found before anything is.
rpm_package_guard() {
  package_found=$(rpm_version "$1")
  [ "${package_found:--}" = "$4" ] || mismatch "package $1 has changed since the plan: planned against $(package_words "$4"), found $(package_words "${package_found:--}")"
  rpm_wait
  guard_version=$(rpm_choice "$1" "$2" "$3") || { guard_code=$?; printf '%s' "$guard_version"; exit "$guard_code"; }
  guard_dir=$(rpm_work)
  rm -rf "$guard_dir"
  mkdir -p "$guard_dir/new" "$guard_dir/old" 2>"$OUT" || fail "cannot write to the run directory: $(last_words)"
  rpm_get "$1" "$guard_version" "$guard_dir/new" "${7:-}"
  guard_transaction=$(rpm_transaction "$guard_dir/new" "${7:-}") || fail "what was fetched is no package: $(last_words)"
  rpm_as_staged "$1" "$guard_transaction"
  rpm_goes_as_agreed "$1" "$guard_dir/new" "${7:-}"
  while IFS='|' read -r guard_name guard_old guard_new; do
    [ -n "$guard_name" ] || continue
    rpm_not_held "$1" "$guard_version" "$guard_name" "$guard_old" "$guard_new"
    [ -n "$guard_old" ] || continue
    if rpm_get_old "$1" "$guard_name" "$guard_old" "$guard_dir/old"; then continue; fi
    [ "$6" != yes ] || mismatch "$guard_name $guard_old, which is installed now, is not on offer any more, so this could not be undone; --allow-irreversible goes on without a way back"
    note "$guard_name $guard_old is not to be had any more: there is no way back from this"
    # Half of the way back is none.
    rm -rf "$guard_dir/old"
    break
  done <<TRANSACTION
$guard_transaction
TRANSACTION
}
# From where this run has its packages.
rpm_get() { # NAME VERSION DIRECTORY REMOVES
  if is_staged; then
    cp -- "$(staged_package "$1")/new/"*.rpm "$3/" 2>"$OUT" || fail "what is staged of $1 cannot be copied: $(last_words)"
    return
  fi
  if is_bundled; then
    rpm_bundle_get "$1" "$2" "$3"
    return
  fi
  manager_fetch "$1" "$2" "$3" unchecked "$4" ||
    mismatch "$MANAGER would not install $(version_words "$1" "${2:--}" -): $(manager_reason)$(full_words "$3")"
}
# curl says of a full disk only that it could not write.
full_words() { # DIRECTORY
  grep -qi -e 'failed writing received data' -e 'failure writing output' -e 'no space' -e 'not enough.*space' "$OUT" || return 0
  printf '; there is no space for it: make room in %s, which has %s MiB free, and run this again' "$BASE" "$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }')"
}
rpm_get_old() { # OF NAME VERSION DIRECTORY
  if is_staged; then
    old_file=$(rpm_in "$(staged_package "$1")/old" "$2" "$3") && cp -- "$old_file" "$4/"
    return
  fi
  ! is_bundled && manager_old "$2" "$3" "$4"
}
# The transaction must be the very one that was staged: for any other, packages would be missing.
rpm_as_staged() { # NAME TRANSACTION
  if is_staged; then package_as_staged "$1" "$2"; fi
}
# rpm takes away what a package makes obsolete, and says nothing; what conflicts we take away ourselves. Nothing goes that was not agreed to,
# and nobody is left without what it needs.
rpm_goes_as_agreed() { # NAME DIRECTORY REMOVES
  for removal_file in "$2"/*.rpm; do
    [ -f "$removal_file" ] || continue
    rpm -qp --nosignature --qf '[%{OBSOLETENAME}\n]' -- "$removal_file" 2>/dev/null
  done | sort -u | while read -r removal_name; do
    case " $3 " in *" $removal_name "*) continue ;; esac
    removal_version=$(rpm_version "$removal_name")
    [ -z "$removal_version" ] || printf '%s %s\n' "$removal_name" "$removal_version"
  done >"$OUT"
  [ ! -s "$OUT" ] || mismatch "$1 would take away $(tr '\n' ';' <"$OUT" | sed -e 's/;$//' -e 's/;/, /g'), and nobody agreed to that"
  [ -n "$3" ] || return 0
  removal_unmet=$(rpm_left_unmet "$2" "$3") || mismatch "rpm would not install $1 in place of $3: $(last_words)"
  [ -z "$removal_unmet" ] || mismatch "$1 in place of $3 would leave others without what they need: $(printf '%s' "$removal_unmet" | tr '\n' ';' | sed -e 's/;$//' -e 's/;/; /g')"
}
# In a copy of rpm's database, where the whole of it can be done: rpm removes and installs in two steps only.
rpm_left_unmet() { # DIRECTORY REMOVES: one line each, of what all had before
  unmet_copy=$RUN/rpmdb
  rm -rf "$unmet_copy"
  cp -a -- "$(rpm --eval '%{_dbpath}')" "$unmet_copy" 2>"$OUT" || return 1
  rpm_unmet "$unmet_copy" >"$RUN/unmet"
  unmet_names=
  for unmet_name in $2; do [ -z "$(rpm_version "$unmet_name")" ] || unmet_names="$unmet_names $unmet_name"; done
  # shellcheck disable=SC2086
  [ -z "$unmet_names" ] || quietly rpm --dbpath "$unmet_copy" -e --justdb --nodeps --noscripts --notriggers $unmet_names || return 1
  if rpm_files "$1"; then
    # shellcheck disable=SC2086
    quietly rpm --dbpath "$unmet_copy" -U --justdb --noscripts --notriggers --nosignature --oldpackage $RPM_FILES || return 1
  fi
  rpm_unmet "$unmet_copy" | grep -vxF -f "$RUN/unmet"
  rm -rf "$unmet_copy"
}
rpm_unmet() { # DATABASE
  rpm --dbpath "$1" -Va --nofiles --noscripts --nodigest --nosignature 2>/dev/null </dev/null | sed -n -e 's/^Unsatisfied dependencies for //p' -e 's/^[[:space:]]*\(.*\) is needed by .*/  \1/p' |
    awk '/^  / { print name " needs " substr($0, 3); next } { name = $0; sub(/-[^-]*-[^-]*$/, "", name) }'
}
# The inventory overrules a hold of the package that it names, and nodeprep its own.
rpm_not_held() { # NAME VERSION OTHER OLD NEW
  if [ "$3" = "$1" ] || [ "$(manager_held "$3")" != yes ] || own_hold "$3"; then return 0; fi
  [ -n "$5" ] || mismatch "$1${2:+ $2} takes the place of $3 $4, which is held by $(manager_held_by "$3"); to allow it, take $3 out there"
  mismatch "$1${2:+ $2} needs $([ -z "$4" ] || printf 'another version of ')$3${4:+ than $4}, which is held by $(manager_held_by "$3"); to allow it, take $3 out there"
}

# An earlier step of the round may have brought it as a dependency.
rpm_package_now() {
  package_found=$(rpm_version "$1")
  [ "${package_found:--}" = "$4" ] || version_fits "$package_found" "$2" "$3" ||
    mismatch "package $1 has changed since the plan: planned against $(package_words "$4"), found $(package_words "$package_found")"
  rpm_wait
  [ -d "$(rpm_work)/new" ] || fail "what was fetched of $1 is gone"
  rpm_transaction "$(rpm_work)/new" >/dev/null || fail "what was fetched is no package: $(last_words)"
  # With what has to go still there, rpm would not; the guard has looked at it in a copy.
  [ -z "${7:-}" ] || return 0
  rpm_files "$(rpm_work)/new" || return 0
  # shellcheck disable=SC2086
  quietly rpm -U --test --nosignature $RPM_FILES || mismatch "rpm would not install $1: $(last_words)"
}
rpm_files() { # DIRECTORY: sets RPM_FILES, names without blanks as rpm makes them; 1 = none
  RPM_FILES=
  for files_file in "$1"/*.rpm; do
    [ ! -f "$files_file" ] || RPM_FILES="$RPM_FILES $files_file"
  done
  [ -n "$RPM_FILES" ]
}

rpm_package_backup() {
  backup_dir=$(rpm_work)
  rpm_transaction "$backup_dir/new" "${7:-}" >"$BACKUP/transaction" || fail 'rpm does not answer'
  rpm -qa --qf '%{NAME}|%{EVR}\n' >"$BACKUP/packages" || fail 'rpm does not answer'
  rpm_keys >"$BACKUP/keys"
  # shellcheck disable=SC2046,SC2086
  rpm_hold_save "$1" $5 $(rpm_upgraded)
  find /etc -xdev >"$BACKUP/etc" 2>/dev/null || fail '/etc could not be listed'
  backup_names=$(rpm_upgraded)
  : >"$BACKUP/owned"
  # shellcheck disable=SC2086
  [ -z "$backup_names" ] || rpm -ql $backup_names >"$BACKUP/owned" 2>/dev/null
  : >"$BACKUP/conffiles"
  if rpm_files "$backup_dir/new"; then
    # shellcheck disable=SC2086
    rpm -qpl --nosignature $RPM_FILES 2>/dev/null | grep '^/' | grep -vxF -f "$BACKUP/owned" >"$BACKUP/brought"
    # shellcheck disable=SC2086
    rpm -qpc --nosignature $RPM_FILES 2>/dev/null | grep '^/' >"$BACKUP/conffiles"
  else : >"$BACKUP/brought"; fi
  # shellcheck disable=SC2086
  [ -z "$backup_names" ] || rpm -qc $backup_names 2>/dev/null | grep '^/' >>"$BACKUP/conffiles"
  # Not all that lies there is called configuration by its package, and rpm writes over the rest.
  grep '^/etc/' "$BACKUP/owned" >>"$BACKUP/conffiles"
  rpm_fillups "$BACKUP/brought" "$BACKUP/owned" >"$BACKUP/fillups"
  cut -d ' ' -f 1 "$BACKUP/fillups" >>"$BACKUP/conffiles"
  units_in "$BACKUP/brought" >"$BACKUP/units"
  rpm_save_files
  [ -z "$backup_names" ] || rpm_backup_old "$backup_dir/old"
}
# SUSE's fillup makes a file of /etc/sysconfig of a package's template, or adds to it: it belongs to no package.
rpm_fillups() { # FILE…: of templates among the paths in them, what is made of each, and the template
  sort -u "$@" | sed -n 's|^\(/.*/fillup-templates/sysconfig\.\([A-Za-z0-9_]*\).*\)|/etc/sysconfig/\2 \1|p'
}
# Configuration that is there, with what rpm laid beside it, and what nobody's package owns in places where packages will lay files;
# of directories their owners and modes.
rpm_save_files() {
  mkdir "$BACKUP/before" && : >"$BACKUP/modes" || fail 'no space for the backup'
  sort -u "$BACKUP/conffiles" | while IFS= read -r save_path; do
    for save_file in "$save_path" "$save_path.rpmnew" "$save_path.rpmsave" "$save_path.rpmorig"; do
      if [ -f "$save_file" ] || [ -L "$save_file" ]; then printf '%s\n' "$save_file"; fi
    done
  done >"$BACKUP/saved"
  while IFS= read -r save_path; do
    [ -e "$save_path" ] || [ -L "$save_path" ] || continue
    ! quietly rpm -qf -- "$save_path" || continue
    if [ -d "$save_path" ] && [ ! -L "$save_path" ]; then stat -c '%a %u:%g %n' -- "$save_path" >>"$BACKUP/modes"; else
      printf '%s\n' "$save_path"
    fi
  done <"$BACKUP/brought" >>"$BACKUP/saved"
  # Links of units that go: their packages disable them.
  units_in "$BACKUP/owned" | while IFS= read -r save_unit; do
    find /etc/systemd/system -name "$save_unit" -type l 2>/dev/null
  done >>"$BACKUP/saved"
  sort -u "$BACKUP/saved" | while IFS= read -r save_path; do
    mkdir -p "$BACKUP/before${save_path%/*}" && cp -a -- "$save_path" "$BACKUP/before$save_path" || exit 1
  done || fail 'no space for the backup'
}
# What an upgrade replaces, and the way back: the package that is installed now.
rpm_backup_old() { # DIRECTORY
  [ ! -d "$1" ] || cp -a -- "$1" "$BACKUP/rpms" || fail 'no space for the backup'
  [ -d /run/systemd/system ] || return 0
  units_in "$BACKUP/owned" | while read -r old_unit; do
    printf '%s %s\n' "$(systemctl show -p ActiveState --value "$old_unit" 2>/dev/null)" "$old_unit"
  done >"$BACKUP/activity"
}
rpm_has_way_back() { [ -z "$(rpm_upgraded)" ] || [ -d "$BACKUP/rpms" ]; }

rpm_package_apply() {
  apply_dir=$(rpm_work)
  if rpm_files "$apply_dir/new"; then
    rpm_signed "$1" "$apply_dir/new"
    : >"$BACKUP/begun" && sync_path "$BACKUP/begun" || fail 'no space for the backup'
    point
    rpm_wait
    rpm_take_away
    # shellcheck disable=SC2086
    bounded 1800 rpm -U $RPM_FILES >"$OUT" 2>&1 </dev/null || fail "$1 could not be installed: $(last_words)"
    point
  fi
  rpm_memo
  point
  rpm_holds "$5"
}
# What has gone is held by nobody, and what moved along as it was before.
rpm_holds() { # HOLDS
  for holds_name in $(rpm_upgraded); do
    own_hold "$holds_name" || continue
    if [ -n "$(rpm_version "$holds_name")" ]; then manager_hold "$holds_name"; else
      manager_unhold "$holds_name"
      forget_hold "$holds_name"
    fi
  done
  for holds_name in $(rpm_installed_of "$1"); do rpm_take_hold "$holds_name"; done
}
rpm_installed_of() { # NAMES
  for installed_name in $1; do [ -z "$(rpm_version "$installed_name")" ] || printf '%s\n' "$installed_name"; done
}
rpm_take_hold() { # PACKAGE
  [ "$(manager_held "$1")" = yes ] || record_hold "$1"
  manager_hold "$1"
}
rpm_take_away() {
  away_names=
  for away_name in $(rpm_removed); do [ -z "$(rpm_version "$away_name")" ] || away_names="$away_names $away_name"; done
  [ -n "$away_names" ] || return 0
  # shellcheck disable=SC2086
  bounded 600 rpm -e --nodeps $away_names >"$OUT" 2>&1 </dev/null || fail "packages could not be removed: $(last_words)"
  point
}
# Signed by a key that rpm has. Of a source whose key it does not have yet, or that goes without by the wish of the administrator, the
# package manager decides as it always does.
rpm_signed() { # NAME DIRECTORY
  # What a bundle has was looked at when it was made.
  if is_bundled || rpm_is_signed; then return 0; fi
  signed_names=$(ls "$2")
  signed_version=$(rpm_version_in "$1" "$BACKUP/transaction")
  manager_fetch "$1" "$signed_version" "$2" checked "$(rpm_removed | tr '\n' ' ')" || fail "the packages of $1 are not accepted: $(manager_reason)"
  [ "$(ls "$2")" = "$signed_names" ] || fail "the package sources have changed while $1 was fetched"
}

rpm_is_signed() { # what RPM_FILES names
  # shellcheck disable=SC2086
  rpmkeys --checksig $RPM_FILES >"$OUT" 2>&1 </dev/null && ! grep -qv 'signatures OK$' "$OUT"
}

rpm_package_confirm() {
  package_found=$(rpm_version "$1")
  version_fits "$package_found" "$2" "$3" || fail "$1 is $(package_words "${package_found:--}") after rpm installed it, wanted $(version_words "$1" "$2" "$3")"
  for confirm_name in $(rpm_installed_of "$5"); do [ "$(manager_held "$confirm_name")" = yes ] || fail "$confirm_name is not held"; done
  rm -rf "$(rpm_work)"
  sync
}

# What the step brought into /etc besides files, known only once it is there.
rpm_memo() {
  [ ! -f "$BACKUP/memo" ] || return 0
  find /etc -xdev -type d 2>/dev/null | grep -vxF -f "$BACKUP/etc" >"$BACKUP/directories"
  rpm_keys | grep -vxF -f "$BACKUP/keys" >"$BACKUP/imported"
  while read -r memo_path memo_template; do
    grep -qxF -- "$memo_path" "$BACKUP/etc" || [ ! -f "$memo_path" ] || printf '%s %s %s\n' "$(sha256sum <"$memo_path" | cut -c 1-64)" "$memo_path" "$memo_template"
  done <"$BACKUP/fillups" >"$BACKUP/filled"
  : >"$BACKUP/memo"
}

rpm_package_undo() {
  rpm_wait
  reset_begin
  : >"$BACKUP/said"
  rpm_complete
  rpm_memo
  # shellcheck disable=SC2046,SC2086
  rpm_hold_back "$1" $5 $(rpm_upgraded)
  point
  if [ -z "$(rpm_removed)" ]; then
    rpm_downgrade
    point
    rpm_remove_added
  else
    # What came cannot be beside what went for it.
    rpm_has_way_back || fail "what went for $1 is not to be had any more: $(rpm_removed | tr '\n' ' ')"
    rpm_remove_added --nodeps
    point
    rpm_downgrade
  fi
  point
  rpm_forget >>"$BACKUP/said"
  while read -r undo_key; do
    quietly rpm -e --allmatches -- "$undo_key"
  done <"$BACKUP/imported"
  # shellcheck disable=SC2046,SC2086
  rpm_hold_back "$1" $5 $(rpm_upgraded)
  rpm_as_before
  # The services of what was upgraded come last, after every file that they read.
  [ ! -s "$BACKUP/activity" ] || exit 3
  cat "$BACKUP/said"
}
rpm_may_remove() { quietly rpm -e --test "$@"; }
rpm_remove_added() { # [OPTION]
  undo_names=$(rpm_added)
  if is_reset; then undo_names=$(reset_names rpm_may_remove "$undo_names") || exit; fi
  [ -n "$undo_names" ] || return 0
  # shellcheck disable=SC2086
  quietly rpm -e ${1:-} $undo_names || fail "packages could not be removed: $(last_words)"
}
rpm_added() {
  while IFS='|' read -r added_name added_old _; do
    [ -z "$added_old" ] && [ -n "$(rpm_version "$added_name")" ] && printf '%s\n' "$added_name"
  done <"$BACKUP/transaction"
}

# rpm writes a package into its database once its files lie there. Where it was cut, it is told that they do, so that it takes them away.
rpm_complete() {
  if [ ! -f "$BACKUP/begun" ] || [ -f "$BACKUP/memo" ]; then return 0; fi
  while IFS='|' read -r complete_name _ complete_new; do
    [ -n "$complete_new" ] || continue
    complete_found=$(rpm -q --qf '%{EVR}\n' -- "$complete_name" 2>/dev/null)
    [ "$complete_found" != "$complete_new" ] || continue
    complete_file=$(rpm_in "$(rpm_work)/new" "$complete_name" "$complete_new") ||
      { printf '%s was cut while it was installed, and its package is gone: files of it may stay. ' "$complete_name $complete_new" >>"$BACKUP/said"; continue; }
    rpm -qpl --nosignature -- "$complete_file" 2>/dev/null | while IFS= read -r complete_path; do
      # What it had written and not yet renamed.
      rm -f -- "$complete_path;"[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]
    done
    quietly rpm -U --justdb --nodeps --noscripts --notriggers --nosignature --replacepkgs --oldpackage -- "$complete_file" ||
      fail "rpm cannot be told of $complete_name $complete_new, which was cut: $(last_words)"
  done <"$BACKUP/transaction"
}

rpm_downgrade() {
  downgrade_files=
  while IFS='|' read -r downgrade_name downgrade_old downgrade_new; do
    [ -n "$downgrade_old" ] || continue
    downgrade_found=$(rpm_version "$downgrade_name")
    # A removal that was cut has taken files of a package that rpm still knows.
    if [ "$downgrade_found" = "$downgrade_old" ] && { [ -n "$downgrade_new" ] || [ ! -f "$BACKUP/begun" ]; }; then continue; fi
    if is_reset && reset_leaves_version "$downgrade_name" "$downgrade_found" "$downgrade_old" "$downgrade_new"; then continue; fi
    rpm_has_way_back || fail "$downgrade_name stays at its new version, $downgrade_old was not to be had"
    downgrade_file=$(rpm_in "$BACKUP/rpms" "$downgrade_name" "$downgrade_old") || fail "the package of $downgrade_name $downgrade_old, which was kept, is gone"
    downgrade_files="$downgrade_files $downgrade_file"
  done <"$BACKUP/transaction"
  [ -n "$downgrade_files" ] || return 0
  # What the new version brought along may be in its way; it goes next.
  # shellcheck disable=SC2086
  quietly rpm -U --oldpackage --replacepkgs --replacefiles --nodeps $downgrade_files ||
    fail "packages could not be put back to their old version: $(last_words)"
}

# Puts back what was there, and takes away what removal leaves of packages that were not.
rpm_forget() {
  sort -u "$BACKUP/conffiles" | while IFS= read -r forget_path; do
    for forget_file in "$forget_path.rpmnew" "$forget_path.rpmorig"; do
      grep -qxF -- "$forget_file" "$BACKUP/etc" || rm -f -- "$forget_file"
    done
    if [ -f "$forget_path.rpmsave" ] && ! grep -qxF -- "$forget_path.rpmsave" "$BACKUP/etc"; then
      # What lay there before the package is put back below; anything else was edited after it came.
      if [ -e "$BACKUP/before$forget_path" ]; then rm -f -- "$forget_path.rpmsave"; else
        printf '%s stays: it was edited after its package came. ' "$forget_path.rpmsave" | one_line
      fi
    fi
  done
  while read -r forget_mode forget_owner forget_path; do
    [ -d "$forget_path" ] || quietly mkdir -p -- "$forget_path"
    quietly chown "$forget_owner" "$forget_path" && quietly chmod "$forget_mode" "$forget_path" || fail "$forget_path could not be put back"
  done <"$BACKUP/modes"
  sort -u "$BACKUP/saved" | while IFS= read -r forget_path; do
    if cmp -s "$BACKUP/before$forget_path" "$forget_path" && [ ! -L "$forget_path" ]; then
      [ "$(stat -c '%a %u %g' "$forget_path")" != "$(stat -c '%a %u %g' "$BACKUP/before$forget_path")" ] || continue
    fi
    mkdir -p "${forget_path%/*}" && rm -f -- "$forget_path" && cp -a -- "$BACKUP/before$forget_path" "$forget_path" || fail "$forget_path could not be put back"
  done
  [ -n "$(rpm_names)" ] || return 0
  [ ! -f "$BACKUP/filled" ] || while read -r forget_sum forget_path forget_template; do
    # With its template there, its package is.
    if [ ! -f "$forget_path" ] || [ -e "$forget_template" ]; then continue; fi
    if [ "$(sha256sum <"$forget_path" | cut -c 1-64)" = "$forget_sum" ]; then rm -f -- "$forget_path"; else
      printf '%s stays: it was edited after its package came. ' "$forget_path" | one_line
    fi
  done <"$BACKUP/filled"
  while read -r forget_unit; do
    reset_left_path "/$forget_unit" || package_forget_unit "$forget_unit"
  done <"$BACKUP/units"
  # Deepest first. What is not empty is in use.
  sort -r "$BACKUP/directories" | while IFS= read -r forget_path; do
    [ ! -d "$forget_path" ] || rmdir -- "$forget_path" 2>/dev/null
  done
  for forget_path in $DAEMON_MADE; do
    grep -qxF -- "$forget_path" "$BACKUP/etc" || rmdir -- "$forget_path" 2>/dev/null
  done
  return 0
}

rpm_as_before() {
  while IFS='|' read -r before_name before_old _; do
    if reset_left "$before_name"; then continue; fi
    before_found=$(rpm_version "$before_name")
    [ "$before_found" = "$before_old" ] || fail "package $before_name is $(package_words "${before_found:--}"), was $(package_words "${before_old:--}")"
  done <"$BACKUP/transaction"
}
rpm_package_late() { package_late; }

rpm_package_still() {
  if is_reset; then
    reset_needed rpm_may_remove rpm_added
    return
  fi
  # shellcheck disable=SC2046,SC2086
  rpm_hold_still "$1" $5 $(rpm_upgraded)
  newest_on package "$1" || return 0
  package_as_left "$1" "$(rpm_version "$1")"
  rpm_has_way_back || package_no_way_back
  still_names=$(rpm_added)
  [ -n "$still_names" ] || return 0
  still_names="$still_names $(added_beside rpm_added)"
  # shellcheck disable=SC2086
  quietly rpm -e --test $still_names || mismatch "other packages have come to need what this run installed: $(last_words)"
}

# The guard has fetched them; named as apt would name them.
rpm_package_stage() { # as rpm_package_apply
  stage_dir=$RUN/staged/packages/$1
  mkdir -p "${stage_dir%/*}" && mv -- "$(rpm_work)" "$stage_dir" || fail 'no space for packages'
  rpm_transaction "$stage_dir/new" "${7:-}" >"$stage_dir/transaction" || fail "what was fetched is no package: $(last_words)"
  if rpm_files "$stage_dir/new"; then rpm_is_signed || mismatch "packages that come with $1 are signed by no key that rpm has, and staging imports none: apply without --stage"; fi
  rpm_name_files "$stage_dir/new"
  rpm_name_files "$stage_dir/old"
}
rpm_name_files() { # DIRECTORY
  for name_file in "$1"/*.rpm; do
    [ -f "$name_file" ] || continue
    name_as=$(rpm -qp --nosignature --qf '%{NAME}_%{EVR}_%{ARCH}' -- "$name_file" 2>"$OUT" | sed -e 's/:/%3a/' -e 's/\^/%5e/g')
    [ "$name_file" = "$1/$name_as.rpm" ] || mv -f -- "$name_file" "$1/$name_as.rpm" || fail 'no space for packages'
  done
}

# ── holds ─────────────────────────────────────────────────────────────────────────────────────────────────────
rpm_replace() { # FILE COMMAND…: its output becomes the file
  replace_file=$1
  shift
  [ -f "$replace_file" ] || : >"$replace_file" || fail "cannot write $replace_file"
  replace_tmp=$(staged_name "$replace_file")
  cp -p -- "$replace_file" "$replace_tmp" 2>"$OUT" && "$@" >"$RUN/replaced" 2>"$OUT" && cat "$RUN/replaced" >"$replace_tmp" 2>"$OUT" ||
    { rm -f -- "$replace_tmp"; fail "cannot write $replace_file: $(last_words)"; }
  sync_path "$replace_tmp"
  mv -f -- "$replace_tmp" "$replace_file" || fail "cannot write $replace_file"
}
# The files of holds as they are; undone by putting them back where nobody has edited them since, else by the hold alone.
rpm_hold_save() { # PACKAGE…: of the first of them yes or no, and the names of the others that are held
  save_records
  {
    printf '%s\n' "$(manager_held "$1")"
    shift
    for save_name in "$@"; do [ "$(manager_held "$save_name")" != yes ] || printf '%s\n' "$save_name"; done
  } >"$BACKUP/held"
  manager_hold_files | while IFS= read -r save_file; do
    [ ! -f "$save_file" ] || cp -a -- "$save_file" "$BACKUP/${save_file##*/}" || exit 1
  done || fail 'no space for the backup'
}
rpm_hold_back() { # PACKAGE…
  manager_hold_files | while IFS= read -r back_file; do
    hold_back_file "$back_file" "$BACKUP/${back_file##*/}" "$@"
  done || exit $?
  records_back "$@"
}
hold_back_file() { # FILE COPY PACKAGE…
  back_path=$1
  back_copy=$2
  shift 2
  if [ ! -f "$back_copy" ]; then
    [ ! -f "$back_path" ] || [ -n "$(holds_without "$back_path" "$@")" ] || rm -f -- "$back_path"
  elif [ ! -f "$back_path" ] || [ "$(holds_without "$back_path" "$@")" = "$(holds_without "$back_copy" "$@")" ]; then
    cmp -s "$back_copy" "$back_path" || cp -a -- "$back_copy" "$back_path" || fail "$back_path could not be put back"
    return
  fi
  hold_back_one "$(file_line "$BACKUP/held")" "$1"
  back_first=$1
  for back_name in "$@"; do
    [ "$back_name" != "$back_first" ] || continue
    if grep -qxF -e "$back_name" "$BACKUP/held"; then hold_back_one yes "$back_name"; elif own_hold "$back_name"; then hold_back_one no "$back_name"; fi
  done
}
hold_back_one() { # WAS PACKAGE
  case $1/$(manager_held "$2") in
    no/yes) manager_unhold "$2" ;;
    yes/no) [ -z "$(rpm_version "$2")" ] || manager_hold "$2" ;;
  esac
}
holds_without() { # FILE PACKAGE…: what it says of everything else
  cat "$1" >"$RUN/without"
  shift
  for without_name in "$@"; do
    manager_without "$without_name" "$RUN/without" >"$RUN/without.new"
    mv -f -- "$RUN/without.new" "$RUN/without"
  done
  cat "$RUN/without"
}

# The package may come with an earlier step of the round.
rpm_hold_guard() { nothing; }
rpm_hold_now() { [ -n "$(rpm_version "$1")" ] || mismatch "package $1 is not installed"; }
rpm_hold_backup() { rpm_hold_save "$1"; }
rpm_hold_apply() {
  if [ "$2" = yes ]; then rpm_take_hold "$1"; else manager_unhold "$1"; fi
  point
}
rpm_hold_confirm() { [ "$(manager_held "$1")" = "$2" ] || fail "the hold of $1 is still $(manager_held "$1")"; }
rpm_hold_undo() { rpm_hold_back "$1"; }
rpm_hold_late() { nothing; }
# A file that this run wrote whole, such as dnf.conf with a proxy, has the hold in it since: apart from that it is as the run left it.
rpm_hold_still() { # PACKAGE…
  manager_hold_files | while IFS= read -r still_file; do
    still_copy=$BACKUP/${still_file##*/}
    if [ ! -f "$still_copy" ] || [ ! -f "$still_file" ] || cmp -s "$still_copy" "$still_file"; then continue; fi
    [ "$(holds_without "$still_copy" "$@")" != "$(holds_without "$still_file" "$@")" ] || newest_on file "$still_file"
  done
  return 0
}
rpm_hold_stage() { nothing; }
