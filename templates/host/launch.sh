# shellcheck shell=sh
# What the control side runs on the host to begin, take over, or go on with a run. Every answer is one line with `!`.

say() { printf '!%s\n' "$*"; }
refuse() {
  say "error $(printf '%s' "$1" | one_line 600)"
  exit 1
}

open_base() {
  if [ -L "$BASE" ]; then refuse "$BASE is a symbolic link"; fi
  problem=$(mkdir -p "$BASE/runs" 2>&1 && chmod 700 "$BASE" "$BASE/runs" 2>&1) || refuse "nothing was changed: $problem"
  [ -O "$BASE" ] || refuse "$BASE belongs to somebody else"
  for needed in flock base64 sha256sum stat sync; do
    command -v "$needed" >/dev/null 2>&1 || refuse "the host has no $needed"
  done
}

# Someone else's live program: is anybody driving it? The stamp of its session is renewed every 2 s.
watch_holder() {
  watch_stamp=$(file_line "$BASE/runs/$LOCK_RUN/control")
  watch_run=$LOCK_RUN
  watch_left=${WATCH_SECONDS:-6}
  while [ "$watch_left" -gt 0 ]; do
    sleep 1
    watch_left=$((watch_left - 1))
    if ! { lock_read && lock_alive && [ "$LOCK_RUN" = "$watch_run" ]; }; then return 1; fi
    watch_now=$(file_line "$BASE/runs/$LOCK_RUN/control")
    # An empty stamp is one that is being written.
    if [ -n "$watch_now" ] && [ "$watch_now" != "$watch_stamp" ]; then return 0; fi
  done
  return 2
}

# Leaves only when nobody else works here and nothing is unfinished; the lock is then ours.
claim() { # RUN HOLDER
  while :; do
    lock_take "$1" "$2"
    case $? in
      0) return ;;
      1) ;;
      *) refuse "nothing was changed: the lock in $BASE could not be written" ;;
    esac
    if ! { lock_read && lock_alive; }; then continue; fi
    watch_holder
    case $? in
      0)
        say "held $LOCK_RUN $(($(date +%s) - LOCK_SINCE)) $LOCK_HOLDER"
        exit 0
        ;;
      2)
        say "orphan $LOCK_RUN $(($(date +%s) - LOCK_SINCE)) $LOCK_HOLDER"
        exit 0
        ;;
    esac
  done
}

# Runs that no engine works on and that were never settled. One line: their ids, oldest first (ids begin with the time).
unfinished_runs() {
  for unfinished_dir in "$BASE"/runs/*/; do
    unfinished_dir=${unfinished_dir%/}
    [ -f "$unfinished_dir/settings" ] || continue
    [ "$(journal_state "$unfinished_dir")" = unfinished ] && printf '%s ' "${unfinished_dir##*/}"
  done
}

start_engine() { # MODE: detached, so that neither this session nor its end touches it
  start_log=$RUN/engine.log
  if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1; then
    # KillMode=process: a package manager at work is never cut when its engine dies; who recovers waits for it.
    systemd-run --quiet --collect --no-ask-password --unit="nodeprep-$RUN_ID-$1-$$" --property=KillMode=process \
      --property=StandardOutput=null --property=StandardError=null \
      /bin/sh "$RUN/engine.sh" "$1" "$RUN" "$$" >"$start_log" 2>&1 </dev/null && return
  fi
  setsid sh "$RUN/engine.sh" "$1" "$RUN" "$$" >"$start_log" 2>&1 </dev/null &
}

# The last five runs that changed something are kept, besides the new one's place; unfinished ones always. Of older ones the ledger
# keeps what stands.
prune_runs() {
  # Under the lock; without a ledger nothing is forgotten.
  open_ledger || return
  prune_keep=4
  # shellcheck disable=SC2010
  for prune_dir in $(ls -1r "$BASE/runs" | grep -v '[^A-Za-z0-9-]'); do
    [ "$prune_dir" != "$RUN_ID" ] || continue
    case $(journal_state "$BASE/runs/$prune_dir") in
      unfinished) continue ;;
      unchanged) ;;
      *)
        if [ "$prune_keep" -gt 0 ]; then
          prune_keep=$((prune_keep - 1))
          continue
        fi
        ;;
    esac
    case $(journal_state "$BASE/runs/$prune_dir") in
      committed | partial)
        if ! is_reset_run "$BASE/runs/$prune_dir"; then
          keep_in_ledger "$prune_dir"
          continue
        fi
        ;;
    esac
    rm -rf "${BASE:?}/runs/$prune_dir"
  done
  trim_ledger
  rm -rf "$BASE"/runs/.new-*
}

# Writes one payload file from base64 on standard input.
unpack() { # FILE
  base64 -d >"$PLACE/$1" 2>"$PLACE/.problem" || place_failed
}
place_failed() {
  problem=$(cat "$PLACE/.problem" 2>/dev/null)
  rm -rf "$PLACE"
  [ -z "${OWN_LOCK:-}" ] || lock_release "$RUN_ID"
  refuse "nothing was changed: the run could not be placed in $BASE: ${problem:-no space left?}"
}

# launch_run: `place_files` is generated; it unpacks everything of the run into PLACE.
launch_run() { # run|stage
  open_base
  RUN=$BASE/runs/$RUN_ID
  if [ ! -d "$RUN" ]; then
    claim_settled
    mkdir -p "$PLACE/rounds" "$PLACE/backup" "$PLACE/answers" 2>/dev/null || place_failed
    place_files
    place_run "$1"
  fi
  follow "$RUN_ID" 0 20
}
# The lock, with no interrupted run left, and where the new run is put together.
claim_settled() {
  claim "$RUN_ID" "$HOLDER"
  OWN_LOCK=yes
  unfinished=$(unfinished_runs)
  if [ -n "$unfinished" ]; then
    lock_release "$RUN_ID"
    say "unfinished $unfinished"
    exit 0
  fi
  prune_runs
  PLACE=$BASE/runs/.new-$RUN_ID
}
place_run() { # MODE: complete or not there
  dd if=/dev/zero of="$PLACE/reserve" bs=1024 count=512 2>"$PLACE/.problem" || place_failed
  rm -f "$PLACE/.problem"
  find "$PLACE" -type f -exec sync {} + 2>/dev/null || sync
  mv "$PLACE" "$RUN" 2>/dev/null || place_failed
  sync_path "$BASE/runs"
  : >>"$RUN/journal"
  start_engine "$1"
}

# place_round: the next round of a run at its hold; complete or not there.
place_round() { # NUMBER
  RUN=$BASE/runs/$RUN_ID
  [ -d "$RUN/rounds" ] || refuse "run $RUN_ID is not on this host"
  PLACE=$RUN/.round-$1
  rm -rf "$PLACE"
  mkdir -p "$PLACE" 2>/dev/null || place_failed
  place_files
  rm -f "$PLACE/.problem"
  find "$PLACE" -type f -exec sync {} + 2>/dev/null || sync
  [ -d "$RUN/rounds/$1" ] || mv "$PLACE/rounds/$1" "$RUN/rounds/$1" 2>/dev/null || place_failed
  rm -rf "$PLACE"
  sync_path "$RUN/rounds"
  say placed
}

# take_over RUN SKIP: its holds are answered with revert from here on, and we read on to its end.
take_over() {
  [ -d "$BASE/runs/$1" ] || { say gone; exit 0; }
  printf '%s\n' "$HOLDER" | write_whole "$BASE/runs/$1/takeover"
  follow "$1" "$2"
}

# work_on MODE RUN: settles (recover) or takes back (rollback) an earlier run, with that run's own engine.
work_on() {
  open_base
  RUN_ID=$2
  RUN=$BASE/runs/$2
  [ -f "$RUN/engine.sh" ] || { say gone; exit 0; }
  claim "$2" "$HOLDER"
  case $1.$(journal_state "$RUN") in
    recover.unfinished | rollback.committed | rollback.partial) ;;
    *)
      # Somebody else has done it by now.
      lock_release "$2"
      say gone
      exit 0
      ;;
  esac
  work_others=$(unfinished_runs)
  if [ "$1" = rollback ] && [ -n "$work_others" ]; then
    lock_release "$2"
    say "unfinished $work_others"
    exit 0
  fi
  rm -f "$RUN/takeover" "$RUN/abort" "$RUN/answers/"*
  printf '%s\n' "$HOLDER" | write_whole "$RUN/holder"
  work_seen=$(wc -l <"$RUN/journal")
  start_engine "$1"
  say "from $((work_seen))"
  follow "$2" "$((work_seen))" 20
}
