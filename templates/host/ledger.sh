# shellcheck shell=sh
# What nodeprep has changed on this host outlives the five runs that are kept: of a run that is pruned and whose changes stand,
# BASE/ledger/RUN keeps what undoes it (journal, settings, steps and manifests, backups). BASE/ledger/incomplete: an older nodeprep, which
# kept no ledger, may have pruned runs before. A reset takes back what stands of all of them (templates/host/reset.sh).

is_reset_run() { grep -qx RESET=yes "$1/settings" 2>/dev/null; } # DIRECTORY

open_ledger() {
  [ ! -d "$BASE/ledger" ] || return 0
  rm -rf "$BASE/.ledger"
  mkdir "$BASE/.ledger" || return
  ! may_have_pruned || : >"$BASE/.ledger/incomplete"
  sync_path "$BASE/.ledger"
  mv "$BASE/.ledger" "$BASE/ledger" && sync_path "$BASE"
}

# An older nodeprep kept four runs that had changed something, besides the newest.
may_have_pruned() {
  pruned_kept=0
  for pruned_dir in "$BASE"/runs/*/; do
    [ ! -f "${pruned_dir}settings" ] || [ "$(journal_state "${pruned_dir%/}")" = unchanged ] || pruned_kept=$((pruned_kept + 1))
  done
  [ "$pruned_kept" -ge 4 ]
}

# One name instead of another: never half a run in either place.
keep_in_ledger() { # RUN
  mv "$BASE/runs/$1" "$BASE/ledger/$1" || return
  sync_path "$BASE/ledger" "$BASE/runs"
}
# Nobody goes on with these runs; and of a package or a file only what it was before the first of them is wanted again.
trim_ledger() {
  trim_older=
  standing_runs | while read -r _ _ trim_dir; do
    case $trim_dir in
      "$BASE"/ledger/*)
        rm -rf "$trim_dir/engine.sh" "$trim_dir/engine.log" "$trim_dir/answers" "$trim_dir/archives" "$trim_dir/bundle"
        for trim_backup in "$trim_dir"/backup/*/; do trim_step "${trim_backup%/}"; done
        ;;
    esac
    # Of a run that is taken back in part nobody knows here what of it stands.
    [ "$(journal_state "$trim_dir")" != committed ] || trim_older="$trim_older $trim_dir"
  done
}
trim_step() { # BACKUP
  if [ -d "$1/debs" ] || [ -d "$1/rpms" ]; then
    trim_wanted=
    for trim_name in $(sed -n 's/^\([^|]*\)|[^|]\{1,\}|.*/\1/p' "$1/transaction"); do
      older_files transaction | cut -d '|' -f 1 | grep -qxF -e "$trim_name" || trim_wanted=yes
    done
    [ -n "$trim_wanted" ] || rm -rf "$1/debs" "$1/rpms"
  fi
  [ -f "$1/files" ] || return 0
  trim_number=0
  while IFS='|' read -r _ _ trim_path; do
    trim_number=$((trim_number + 1))
    if [ ! -f "$1/$trim_number/object" ] || ! older_files files | cut -d '|' -f 3 | grep -qxF -e "$trim_path"; then continue; fi
    : >"$1/$trim_number/forgotten" && rm -f "$1/$trim_number/object"
  done <"$1/files"
}
older_files() { for older_dir in $trim_older; do cat "$older_dir"/backup/*/"$1" 2>/dev/null; done; } # NAME

# `BEGAN RUN DIRECTORY` of each run whose changes stand, oldest first by this host's clock: ids are by the clocks of control sides.
standing_runs() {
  for standing_dir in "$BASE"/ledger/*/ "$BASE"/runs/*/; do
    standing_dir=${standing_dir%/}
    if [ ! -f "$standing_dir/settings" ] || is_reset_run "$standing_dir"; then continue; fi
    case $(journal_state "$standing_dir") in committed | partial) ;; *) continue ;; esac
    read -r _ standing_began _ <"$standing_dir/journal"
    printf '%s %s %s\n' "$standing_began" "${standing_dir##*/}" "$standing_dir"
  done | sort -k 1n,1 -k 2,2
}

# Their rounds as rounds of one run, whose journal begins every step that stands, oldest first. Backups stay where they are.
# `merged`: STEP RUN STEP-OF-THAT-RUN.
merge_runs() { # DIRECTORY
  mkdir -p "$1/rounds" "$1/backup" && : >"$1/merged" && : >"$1/journal" || return
  standing_runs >"$1/sources" || return
  merge_base=0
  merge_line=0
  while read -r _ merge_run merge_from; do
    merge_open=
    for merge_own in $(open_steps "$merge_from"); do merge_open="$merge_own $merge_open"; done
    [ -n "$merge_open" ] || continue
    merge_rounds "$1" || return
    for merge_own in $merge_open; do
      merge_step=$((merge_base + ${merge_own%-*}))-${merge_own#*-}
      ln -s "$merge_from/backup/$merge_own" "$1/backup/$merge_step" || return
      merge_line=$((merge_line + 1))
      printf '%s %s %s\n' "$merge_step" "$merge_run" "$merge_own" >>"$1/merged"
      printf '%s %s begin %s \n' "$merge_line" "$(date +%s)" "$merge_step" >>"$1/journal" || return
    done
    merge_base=$((merge_base + merge_count))
  done <"$1/sources"
}
merge_rounds() { # DIRECTORY
  merge_count=0
  while [ -f "$merge_from/rounds/$((merge_count + 1))/steps" ]; do
    merge_count=$((merge_count + 1))
    merge_new=$((merge_base + merge_count))
    mkdir "$1/rounds/$merge_new" || return
    sed -e "s/^step_${merge_count}_\([0-9]*\)() {/step_${merge_new}_\1() {/" -e "/^ROUND_STEPS='/s/\([' ]\)$merge_count-\([0-9]*:\)/\1$merge_new-\2/g" \
      -e '/^ROUND_HOLDS=/d' -e '/^ROUND_ARMS=/d' "$merge_from/rounds/$merge_count/steps" >"$1/rounds/$merge_new/steps" || return
  done
}
seal_of() { sha256sum <"$1/merged" | cut -c 1-64; } # DIRECTORY

# Places a reset and starts it; SEAL: what was agreed to is what stands.
launch_reset() { # SEAL
  open_base
  RUN=$BASE/runs/$RUN_ID
  launch_skip=0
  if [ ! -d "$RUN" ]; then
    claim_settled
    mkdir -p "$PLACE/answers" 2>/dev/null || place_failed
    place_files
    merge_runs "$PLACE" 2>"$PLACE/.problem" || place_failed
    if [ "$(seal_of "$PLACE")" != "$1" ]; then
      rm -rf "$PLACE"
      lock_release "$RUN_ID"
      say stale
      exit 0
    fi
    place_run reset
  fi
  launch_skip=$(wc -l <"$RUN/merged")
  say "from $((launch_skip))"
  follow "$RUN_ID" "$((launch_skip))" 20
}

say_purged() { # as purge.sh writes it
  [ -f "$BASE/purged" ] || return 0
  while read -r purged_path purged_run _; do say "purged $purged_run $purged_path"; done <"$BASE/purged"
}

# What a reset would take back, and what would stay; all in a directory of its own, which goes.
look_back() {
  if [ ! -d "$BASE/runs" ] && [ ! -d "$BASE/ledger" ]; then
    say end
    return
  fi
  [ -z "$(unfinished_runs)" ] || say unfinished
  say_purged
  RUN=$(mktemp -d "${TMPDIR:-/tmp}/nodeprep-XXXXXX") || refuse 'no temporary directory can be made'
  OUT=$RUN/out
  trap 'rm -rf "$RUN"' EXIT
  trap 'exit 1' HUP INT TERM PIPE
  RESET=yes
  MODE=look
  merge_runs "$RUN" 2>"$RUN/err" || refuse "what stands of earlier runs cannot be read: $(cat "$RUN/err")"
  while read -r _ look_run look_dir; do
    for look_round in "$look_dir"/rounds/*/; do
      [ -f "${look_round}manifest.json" ] || continue
      say "manifest $look_run $(base64 <"${look_round}manifest.json" | tr -d '\n')"
    done
  done <"$RUN/sources"
  load_rounds
  no_sandboxes() { :; }
  : >"$RUN/still"
  for look_step in $(open_steps); do
    look_of=$(grep "^$look_step " "$RUN/merged")
    say "step $look_of"
    say "was $look_step $(was_words "$RUN/backup/$look_step")"
    act still "$look_step" || say "keep $look_step $SAID"
  done
  say "seal $(seal_of "$RUN")"
  if [ -e "$BASE/ledger/incomplete" ] || { [ ! -d "$BASE/ledger" ] && may_have_pruned; }; then say incomplete; fi
  say end
}
# What a step found: `packages NAME|OLD|NEW…`, `unit FILE ACTIVE`, `files STATE…`, `value VALUE`, or `state STATE`.
was_words() { # BACKUP
  if [ -f "$1/transaction" ]; then
    printf 'packages %s' "$(tr '\n' ' ' <"$1/transaction")"
  elif [ -f "$1/unit" ]; then
    printf 'unit %s %s' "$(sed -n 2p "$1/unit")" "$(sed -n 3p "$1/unit")"
  elif [ -f "$1/files" ]; then
    printf 'files %s' "$(wc -l <"$1/files")"
  elif [ -f "$1/value" ]; then
    printf 'value %s' "$(cat "$1/value")"
  elif [ -f "$1/state" ]; then
    printf 'state %s' "$(cat "$1/state")"
  fi | one_line 4000
}
