# shellcheck shell=sh disable=SC2034
# A reset: all that runs of nodeprep have changed on this host is taken back, newest step first, by the undo of each kind. The run has
# been put together from theirs (templates/host/ledger.sh); its journal begins with `begin` of every step that stands. Once it says
# `reset` it goes on to its end, whoever settles it; before that nothing has been changed.
# Others may have been at work since the runs: what is not as nodeprep left it stays and is named, and so does what others need now.

KUBELET_CONF=/etc/kubernetes/kubelet.conf

run_reset() {
  ! reset_word start || return 0
  journal start - "mode=reset holder=$HOLDER"
  load_rounds
  reset_barred=$(reset_bar)
  if [ -n "$reset_barred" ]; then
    journal mismatch - "$reset_barred"
    settle unchanged
    return
  fi
  journal reset - "holder=$HOLDER" || return
  reset_on
}
reset_word() { grep -q "^[0-9]* [0-9]* $1 - " "$RUN/journal"; }
reset_bar() {
  if [ -e "$KUBELET_CONF" ]; then printf 'this host is a node of a cluster (%s)' "$KUBELET_CONF"; else
    sandboxes_words
  fi
}

reset_on() {
  if ! reset_word reset; then
    settle unchanged
    return
  fi
  reset_units || { journal failed - 'what the units are like cannot be written down'; settle partial; return; }
  if ! undo_all; then
    settle partial
    return
  fi
  reset_forget
  settle reset
}

# Who settles it follows the journal from here, and has to hear of all that stays.
reset_retell() {
  sed -n 's/^[0-9]* [0-9]* undone \([^ ]* ..*\)$/\1/p' "$RUN/journal" >"$RUN/retold" || return 0
  while read -r retell_step retell_words; do journal undone "$retell_step" "$retell_words"; done <"$RUN/retold"
  rm -f "$RUN/retold"
}

# What was taken back is no run any more. Renamed first: half a run must never be taken for one.
reset_forget() {
  while read -r _ forget_run forget_dir; do
    [ -d "$forget_dir" ] || continue
    point
    mv "$forget_dir" "$BASE/runs/.new-reset-$forget_run" && rm -rf "$BASE/runs/.new-reset-$forget_run"
  done <"$RUN/sources"
  rm -rf "$BASE/staged" "$BASE/purged" "$BASE/holds" "$BASE/ledger"/*
  sync_path "$BASE/runs"
}

# What a later run wrote is handed down to the first one on that path, where what was between the two is not kept any more.
reset_hand_down() { # PATH AFTER
  down_found=$(path_state "$1")
  if [ "$down_found" != "$2" ] && ! reset_ours "$1" "$down_found"; then return 0; fi
  printf '%s|%s\n' "$1" "$down_found" >>"$RUN/ours" && sync_path "$RUN/ours" || fail 'cannot write to the run directory'
}
reset_ours() { is_reset && grep -qxF -e "$1|$2" "$RUN/ours" 2>/dev/null; }

# ── units ────────────────────────────────────────────────────────────────────────────────────────────────────────
# Only how a unit was before the first run counts, and only where it still is as the last one left it. `STEP UNIT FILE ACTIVE` of the
# oldest step on each: ours, theirs (somebody else has changed it since), or `-` (no run has touched that).
reset_units() {
  [ ! -f "$RUN/units" ] || return 0
  for units_step in $(open_steps); do
    if units_words=$("step_${units_step%-*}_${units_step#*-}" left 2>/dev/null); then printf '%s %s\n' "$units_step" "$units_words"; fi
  done | awk 'NF == 6 { unit = $2; step[unit] = $1
      if (!(unit in file)) { file[unit] = "-"; active[unit] = "-" }
      # Newest first: the first word on each is how it was left.
      if (file[unit] == "-") file[unit] = $5 == "yes" ? "masked" : $3
      if (active[unit] == "-") active[unit] = $6 == "-" ? $4 : "yes" }
    END { for (unit in step) print step[unit], unit, file[unit], active[unit] }' >"$RUN/units.left"
  (units_now) >"$RUN/units.now" && write_whole "$RUN/units" <"$RUN/units.now"
}
units_now() {
  while read -r units_step units_name units_file units_active; do
    service_show "$units_name"
    printf '%s %s %s %s\n' "$units_step" "$units_name" "$(units_file_is "$units_file")" "$(units_active_is "$units_active")"
  done <"$RUN/units.left"
}
units_file_is() { # LEFT
  case $1.$UNIT_File in
    -.*) printf -- - ;;
    masked.masked* | yes.enabled* | yes.static | yes.alias | yes.indirect | yes.generated | *.) printf ours ;;
    no.enabled* | no.masked* | masked.* | yes.*) printf theirs ;;
    *) printf ours ;;
  esac
}
units_active_is() { # LEFT
  case $1.$UNIT_Active in
    -.*) printf -- - ;;
    yes.active | yes.activating | yes.reloading | yes.refreshing | no.inactive | no.failed) printf ours ;;
    *) printf theirs ;;
  esac
}
reset_has_unit() { grep -q "^[^ ]* $(printf '%s' "$1" | sed 's/[.\\]/\\&/g') " "$RUN/units"; }

service_left() { printf '%s %s %s %s %s' "$1" "$2" "$3" "$4" "$5"; }
service_back() { # as service_undo
  back_file=
  while read -r back_step _ back_is_file back_is_active; do
    if [ "$back_step" = "$STEP" ]; then
      back_file=$back_is_file
      back_active=$back_is_active
    fi
  done <"$RUN/units"
  # A later step on a unit that an older one knows from before.
  [ -n "$back_file" ] || return 0
  service_was "$1"
  service_fresh "$1"
  [ "$UNIT_Load" != not-found ] || return 0
  case $back_file in
    ours) service_undo_file "$1" ;;
    theirs) printf '%s stays %s: somebody else has changed that since. ' "$1" "$UNIT_File" ;;
  esac
  case $back_active in
    -) return 0 ;;
    theirs)
      printf '%s stays %s: somebody else has changed that since. ' "$1" "$UNIT_Active"
      return 0
      ;;
  esac
  service_undo_active "$@"
}

# ── packages ─────────────────────────────────────────────────────────────────────────────────────────────────────
# Of packages that came with nodeprep, those that nothing else needs; TEST says whether the manager would let some go.
may_go() { # TEST NAME…
  may_test=$1
  shift
  if "$may_test" "$@"; then
    printf '%s\n' "$@"
    return
  fi
  may_set=
  may_more=yes
  while [ -n "$may_more" ]; do
    may_more=
    for may_name in "$@"; do
      case " $may_set " in *" $may_name "*) continue ;; esac
      # shellcheck disable=SC2086
      if "$may_test" $may_set "$may_name"; then
        may_set="$may_set $may_name"
        may_more=yes
      fi
    done
  done
  # shellcheck disable=SC2086
  [ -z "$may_set" ] || printf '%s\n' $may_set
}
# Names that go now. What something needs is tried once more when all that older runs brought is gone; then it stays.
reset_names() { # TEST NAMES
  [ -n "$2" ] || return 0
  # shellcheck disable=SC2086
  names_go=$(may_go "$1" $2)
  names_stay=
  for names_one in $2; do printf '%s\n' "$names_go" | grep -qxF -- "$names_one" || names_stay="$names_stay $names_one"; done
  if [ -n "$names_stay" ] && [ "${UNDO_LAST:-no}" != yes ]; then exit 8; fi
  for names_one in $names_stay; do reset_leave "$names_one" "$(needers "$1" "$names_go $names_one")"; done
  printf '%s' "$names_go"
}
needers() { # TEST NAMES: who bars that all of these go
  # shellcheck disable=SC2086
  "$1" $2
  sed -n -e 's/^ *\([^ ]*\) depends on .*/\1/p' -e 's/^.* is needed by (installed) \(.*\)$/\1/p' "$OUT" | sort -u | tr '\n' ' ' | sed 's/ $//'
}
reset_leave() { # NAME NEEDERS
  printf '%s\n' "$1" >>"$BACKUP/left"
  if command -v dpkg-query >/dev/null 2>&1; then dpkg-query -L "$1"; else rpm -ql -- "$1"; fi >>"$BACKUP/left-paths" 2>/dev/null
  printf 'package %s stays: %s' "$1" "${2:-something} needs it. " >>"$BACKUP/said"
}
reset_begin() { ! is_reset || rm -f "$BACKUP/left" "$BACKUP/left-paths"; } # what an earlier reset left may go now
reset_left() { is_reset && grep -qxF -- "$1" "$BACKUP/left" 2>/dev/null; }
# A path of a package that stays; with a slash before it, one that ends so.
reset_left_path() { is_reset && grep -q -e "$(printf '%s' "$1" | sed 's/[.[\*^$]/\\&/g')\$" "$BACKUP/left-paths" 2>/dev/null; }
# Whether another version than that of before stays: somebody else has changed it, or there is no way back.
reset_leaves_version() { # NAME FOUND OLD NEW
  if [ "$2" != "$4" ] && ! transactions 1,3 | grep -qxF -e "$1|$2"; then
    leaves_why='somebody else has changed it since'
  elif [ ! -d "$BACKUP/debs" ] && [ ! -d "$BACKUP/rpms" ]; then
    leaves_why="$3, which was there before, was not to be had any more"
  else
    return 1
  fi
  printf '%s\n' "$1" >>"$BACKUP/left"
  # The first run that names it has the last word.
  [ "$(first_naming "$1")" != "$STEP" ] || printf 'package %s stays at %s: %s. ' "$1" "$(package_words "${2:--}")" "$leaves_why" >>"$BACKUP/said"
}
first_naming() { # PACKAGE: the oldest step whose transaction has it
  grep -l -e "^$(printf '%s' "$1" | sed 's/[.+]/\\&/g')|" "$RUN"/backup/*/transaction | sed -n 's#^.*/\([0-9]*-[0-9]*\)/transaction$#\1#p' | sort -t - -k 1n,1 -k 2n,2 | head -n 1
}
transactions() { cat "$RUN"/backup/*/transaction | cut -d '|' -f "$1"; } # FIELDS of name|old|new
# For the plan of a reset: what would stay.
reset_needed() { # TEST COMMAND that lists what a step has added
  needed_added=$("$2")
  [ -n "$needed_added" ] || return 0
  needed_all="$needed_added $(added_beside "$2")"
  # shellcheck disable=SC2086
  needed_go=$(may_go "$1" $needed_all)
  needed_words=
  for needed_one in $needed_added; do
    printf '%s\n' "$needed_go" | grep -qxF -- "$needed_one" || needed_words="${needed_words}package $needed_one stays: $(needers "$1" "$needed_go $needed_one") needs it. "
  done
  [ -z "$needed_words" ] || mismatch "$needed_words"
}
