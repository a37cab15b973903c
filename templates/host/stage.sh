# shellcheck shell=sh
# Staging: everything of a round that disturbs nobody, in advance. engine.sh stage RUN_DIRECTORY LAUNCHER_PID builds RUN/staged and
# makes it BASE/staged at the end; nothing else of the host changes. A run that was killed at it has changed nothing.
#   plan.json                  what was agreed to, from the control side
#   packages/NAME/transaction  name|installed|new, one a package
#   packages/NAME/new, old     their packages: those to install, and those that are installed now
#   SHA256SUMS                 of all of it
# With STAGED (the sha256 of SHA256SUMS) a run takes its packages from there, and from nowhere else.

staged_package() { printf '%s/staged/packages/%s' "$BASE" "$1"; }
is_staged() { [ -n "${STAGED:-}" ]; }

run_stage() {
  journal start - "mode=stage holder=$HOLDER"
  load_rounds
  if guard_round 1 "$ALL_STEPS" && stage_round "$ALL_STEPS"; then stage_keep; fi
  rm -rf "$RUN/staged" "$RUN/like"
  settle unchanged
}

stage_round() { # STEPS
  for stage_entry in $1; do
    if [ -f "$RUN/takeover" ]; then
      journal failed - "taken over by $(file_line "$RUN/takeover" | one_line 200)"
      return 1
    fi
    if [ -f "$RUN/abort" ]; then
      journal failed - 'interrupted by the operator before everything was staged'
      return 1
    fi
    point
    act stage "${stage_entry%%:*}" && continue
    if [ "$?" -eq 1 ]; then journal mismatch "${stage_entry%%:*}" "$SAID"; else journal failed "${stage_entry%%:*}" "$SAID"; fi
    return 1
  done
}

stage_keep() {
  (cd "$RUN/staged" && find . -type f -exec sha256sum {} + >../sums && mv ../sums SHA256SUMS) 2>"$RUN/err" &&
    { find "$RUN/staged" -type f -exec sync {} + 2>/dev/null || sync; } &&
    rm -rf "$BASE/staged" && point && mv "$RUN/staged" "$BASE/staged" 2>"$RUN/err" && sync_path "$BASE" && return
  journal failed - "what was fetched cannot be kept: $(one_line 300 <"$RUN/err")"
}

# What is staged is what the control side has looked at, and still whole. Tells in the journal where it is not.
staged_whole() {
  is_staged || return 0
  if [ ! -f "$BASE/staged/SHA256SUMS" ]; then
    journal mismatch - 'nothing is staged on this host any more'
  elif [ "$(sha256sum <"$BASE/staged/SHA256SUMS" | cut -c 1-64)" != "$STAGED" ]; then
    journal mismatch - 'something else has been staged since'
  elif ! staged_bad=$(staged_broken) || [ -n "$staged_bad" ]; then
    journal mismatch - "what is staged in $BASE/staged has changed since: $(printf '%s' "$staged_bad" | one_line 600)"
  else
    return 0
  fi
  return 1
}
staged_broken() { # names of files that are gone or changed
  cd "$BASE/staged" || return 1
  sha256sum -c SHA256SUMS 2>/dev/null </dev/null | sed -n 's/: FAILED.*$//p' | sed 's#^\./##'
}

# ── kinds ────────────────────────────────────────────────────────────────────────────────────────────────────────
directory_stage() { nothing; }
hold_stage() { nothing; }
service_stage() { nothing; }
module_stage() { nothing; }
sysctl_stage() { nothing; }
swap_stage() { nothing; }
archive_removal_stage() { nothing; }
cgroup_roots_stage() { nothing; }
# What a source offers is known once it is there; its packages could not be fetched in advance.
repository_key_stage() { mismatch 'packages of a repository that this host does not have yet cannot be staged: apply without --stage'; }
package_lists_stage() { nothing; }

# Asks the program that will read the file, in a directory that looks like its own: relative imports are found there.
file_stage() { # as file_apply
  case $3 in file:*) ;; *) return 0 ;; esac
  stage_path=$1 stage_payload=$ROUND_DIR/$4
  shift 4
  [ "$#" -gt 0 ] || return 0
  if ! command -v "$1" >/dev/null 2>&1; then
    note "$stage_path: $1, which would read it, is not there yet"
    return 0
  fi
  stage_like=$RUN/like
  rm -rf "$stage_like"
  mkdir "$stage_like" || fail 'cannot write to the run directory'
  for stage_beside in "$(parent_of "$stage_path")"/*; do
    if [ -e "$stage_beside" ] && [ "$stage_beside" != "$stage_path" ]; then ln -s "$stage_beside" "$stage_like/"; fi
  done
  cp -- "$stage_payload" "$stage_like/${stage_path##*/}" 2>"$OUT" || fail "cannot write to the run directory: $(last_words)"
  file_validate "$stage_path" "$stage_like/${stage_path##*/}" "$@"
  rm -rf "$stage_like"
}

package_stage() { # as package_apply
  stage_version=$(package_choice "$1" "$2" "$3") || { printf '%s' "$stage_version"; exit 1; }
  stage_dir=$RUN/staged/packages/$1
  mkdir -p "$stage_dir/new/partial" || fail 'no space for packages'
  wait_for_dpkg
  package_transaction "$1" "$stage_version" >"$stage_dir/transaction" || fail "$(apt_reason)"
  package_fetch_new "$1" "$stage_version" "$stage_dir/transaction" "$stage_dir/new"
  package_fetch_old "$1" "$6" "$stage_dir/transaction" "$stage_dir/old"
  name_debs "$stage_dir/old"
}
# All that the transaction installs.
package_fetch_new() { # NAME VERSION TRANSACTION DIRECTORY
  while IFS='|' read -r new_name _ new_version; do
    if new_file=$(deb_in "$APT_ARCHIVES" "$new_name" "$new_version"); then cp -- "$new_file" "$4/" || fail 'no space for packages'; fi
  done <"$3"
  note "fetches $1 $2"
  apt -d -o APT::Sandbox::User=root -o Dir::Cache::archives="$4" --allow-downgrades install "$1=$2" >"$OUT" 2>&1 ||
    fail "$1 could not be fetched: $(apt_reason)"
  rm -rf "$4/partial" "$4/lock"
  while IFS='|' read -r new_name _ new_version; do
    # Of sources on this host apt takes packages from where they are.
    deb_in "$4" "$new_name" "$new_version" >/dev/null || fetch_one "$1" "$new_name" "$new_version" "$4" ||
      fail "$new_name $new_version could not be fetched: $(apt_reason)"
  done <"$3"
  name_debs "$4"
}
# As apt names packages in its cache.
name_debs() { # DIRECTORY
  for name_file in "$1"/*.deb; do
    [ -f "$name_file" ] || continue
    # shellcheck disable=SC2016
    name_as=$(dpkg-deb --show --showformat '${Package}_${Version}_${Architecture}' "$name_file" 2>"$OUT" | sed 's/:/%3a/')
    [ -n "$name_as" ] || fail "$name_file is no package: $(last_words)"
    [ "$name_file" = "$1/$name_as.deb" ] || mv -f -- "$name_file" "$1/$name_as.deb" || fail 'no space for packages'
  done
}

# The transaction must be the very one that was staged: for any other, packages would be missing.
package_as_staged() { # NAME TRANSACTION
  is_staged || return 0
  [ "$2" = "$(cat "$(staged_package "$1")/transaction" 2>/dev/null)" ] ||
    mismatch "other packages would come with $1 now than those that are staged: $(printf '%s' "$2" | sed 's/^\([^|]*\)|[^|]*|/\1 /' | tr '\n' ',' | sed -e 's/,$//' -e 's/,/, /g')"
}
