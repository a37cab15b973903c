# shellcheck shell=sh disable=SC2034
# The state machine of a run: engine.sh run|stage|recover|rollback|reset RUN_DIRECTORY LAUNCHER_PID
# Every step is: guard → back up → journal `begin` → change → confirm → journal `done`. Whatever happens after `begin`,
# the journal and the backup are enough to undo the step from any point in it, as often as it takes.

# ── journal ──────────────────────────────────────────────────────────────────────────────────────────────────────
# Test hook (docs/adr/0005). BASE/stop-at: `N` = the engine kills itself at point N; `N wait` = it waits there until the
# file says otherwise or is gone. BASE/points names those passed. The directory is root's, 0700, so nobody else can use it.
POINTS_FILE=
point() { # NAME…
  [ -n "$POINTS_FILE" ] || return 0
  printf '%s\n' "${*:-in ${STEP:--}}" >>"$POINTS_FILE"
  point_count=$(wc -l <"$POINTS_FILE")
  while { read -r stop_point stop_action <"$BASE/stop-at"; } 2>/dev/null && [ "$stop_point" = "$point_count" ]; do
    [ "$stop_action" = wait ] || die_here
    nap
  done
}

die_here() {
  read -r _ _ _ _ die_group _ <"/proc/$$/stat"
  if [ "$die_group" = "$$" ]; then kill -9 0; fi
  kill -9 "$$"
  while :; do sleep 1; done
}

journal_append() {
  printf '%s\n' "$1" >>"$RUN/journal" 2>/dev/null && return 0
  # Disk full: what was kept in reserve makes room for the rest of the journal. The cut line is ended and never read.
  rm -f "$RUN/reserve"
  printf '%s\n%s\n' "$TORN" "$1" >>"$RUN/journal" 2>/dev/null
}

# journal EVENT STEP [DETAIL]: one synced line `seq epoch event step detail`; seq is the number of the line.
journal() {
  point before "$1" "$2"
  journal_seq=$(wc -l <"$RUN/journal")
  journal_append "$((journal_seq + 1)) $(date +%s) $1 $2 ${3:-}" || return 1
  sync_path "$RUN/journal"
  point after "$1" "$2"
}

# A note while a step runs, for people who follow.
note() { journal note "${STEP:--}" "$(printf '%s' "$1" | one_line 400)"; }

# Ends a line that was cut when the power went.
journal_mend() {
  [ -f "$RUN/journal" ] || : >"$RUN/journal"
  [ -s "$RUN/journal" ] || return 0
  journal_last=$(tail -c 1 "$RUN/journal"; printf x)
  [ "$journal_last" = "${NEWLINE}x" ] || printf '%s\n' "$TORN" >>"$RUN/journal"
}

# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────
# A round's `steps` file sets ROUND_STEPS ("1-1:stage 1-2:switch") and defines step_1_1() { KIND_"$1" 'args'…; } for each.
# ROUND_HOLDS=yes: the node is drained before `quiesce` and emptied before `switch`. ROUND_ARMS: steps armed before `switch`.
load_rounds() {
  ALL_STEPS=
  HELD_ROUNDS=' '
  load_round=1
  while [ -d "$RUN/rounds/$load_round" ]; do
    ROUND_STEPS=
    ROUND_HOLDS=
    ROUND_ARMS=
    # shellcheck disable=SC1090
    . "$RUN/rounds/$load_round/steps"
    ALL_STEPS="$ALL_STEPS $ROUND_STEPS"
    [ -z "$ROUND_HOLDS" ] || HELD_ROUNDS="$HELD_ROUNDS$load_round "
    load_round=$((load_round + 1))
  done
}

# act ACTION STEP: runs one action of a step's kind in a subshell, so that nothing in it can end the engine.
# What it says is in SAID. Actions: guard, now (guard at the step), backup, apply, confirm, undo, late (after all undos),
# withheld (why `late` must not be done), still; and stage, which is done in advance.
act() {
  STEP=$2
  ROUND_DIR=$RUN/rounds/${2%-*}
  BACKUP=$RUN/backup/$2
  SAID=$("step_${2%-*}_${2#*-}" "$1" 2>"$RUN/err")
  act_code=$?
  if [ "$act_code" -ne 0 ] && [ -z "$SAID" ]; then SAID=$(one_line 600 <"$RUN/err"); fi
  if [ "$act_code" -ne 0 ] && [ -z "$SAID" ]; then SAID="no reason was given, is the disk full? $(df -P "$RUN" | sed -n '2s/  */ /gp')"; fi
  return "$act_code"
}

# Why kinds fail: `mismatch` and `fail` of library.sh. An undo may also answer 3 or 6 = later, when the files of its phase are back;
# 4 = last, when everything is; 5 = as long as this is not undone, nothing older may be.

# Default actions of a kind that has nothing to say there.
nothing() { :; }

run_step() { # STEP → 0 done, 1 failed (told in the journal)
  if [ -f "$RUN/abort" ]; then
    journal failed "$1" 'interrupted by the operator before this step'
    return 1
  fi
  if ! act now "$1"; then
    journal mismatch "$1" "$SAID"
    return 1
  fi
  case " $round_arms " in
    *" $1 "*) ;;
    *) backed_up "$1" || return 1 ;;
  esac
  # Without this line on disk the step must not start.
  journal begin "$1" || return 1
  if act apply "$1" && act confirm "$1"; then
    journal 'done' "$1" "$SAID" && return 0
  fi
  journal failed "$1" "$SAID"
  return 1
}

backed_up() { # STEP
  take_backup "$1" && return
  journal failed "$1" "its backup could not be made: $SAID"
  return 1
}
take_backup() { # STEP
  rm -rf "$RUN/backup/$1.new" "${RUN:?}/backup/$1"
  mkdir -p "$RUN/backup/$1.new" 2>"$RUN/err" || { SAID=$(one_line 300 <"$RUN/err"); return 1; }
  point
  take_backup_step=$1
  act_backup "$take_backup_step" || return 1
  # The backup must be on disk before anything is replaced.
  find "$RUN/backup/$1.new" \( -type f -o -type d \) -exec sync {} + 2>/dev/null || sync
  mv "$RUN/backup/$1.new" "$RUN/backup/$1" && sync_path "$RUN/backup"
}
act_backup() {
  STEP=$1
  ROUND_DIR=$RUN/rounds/${1%-*}
  BACKUP=$RUN/backup/$1.new
  SAID=$("step_${1%-*}_${1#*-}" backup 2>"$RUN/err") && return 0
  [ -n "$SAID" ] || SAID=$(one_line 300 <"$RUN/err")
  [ -n "$SAID" ] || SAID="is the disk full? $(df -P "$RUN" | sed -n '2s/  */ /gp')"
  return 1
}

# ── forward ──────────────────────────────────────────────────────────────────────────────────────────────────────
run_forward() {
  journal start - "mode=$MODE holder=$HOLDER"
  staged_whole || { revert; return; }
  forward_round=1
  while :; do
    run_round "$forward_round" || { revert; return; }
    hold "round-$forward_round"
    case $ANSWER in
      next)
        forward_round=$((forward_round + 1))
        continue
        ;;
      verify) hold verify ;;
    esac
    break
  done
  if [ "$ANSWER" = commit ]; then settle committed; else revert; fi
}

run_round() { # NUMBER
  if [ ! -d "$RUN/rounds/$1" ]; then
    journal failed - "round $1 was announced and is not there"
    return 1
  fi
  load_rounds
  ROUND_STEPS=
  ROUND_HOLDS=
  ROUND_ARMS=
  # shellcheck disable=SC1090
  . "$RUN/rounds/$1/steps"
  round_steps=$ROUND_STEPS
  round_holds=$ROUND_HOLDS
  round_arms=$ROUND_ARMS
  if [ -n "$round_holds" ] && [ "$AUTO" = yes ]; then
    journal failed - "round $1 needs a node without pods, and there is no control side to drain it"
    return 1
  fi
  guard_round "$1" "$round_steps" || return 1
  round_phase=
  for round_entry in $round_steps; do
    if [ "${round_entry##*:}" != "$round_phase" ]; then
      round_phase=${round_entry##*:}
      hold_before "$1" "$round_phase" || return 1
      journal phase - "$round_phase"
      [ "$round_phase" != switch ] || arm_round || return 1
    fi
    run_step "${round_entry%%:*}" || return 1
  done
}

guard_round() { # NUMBER STEPS
  for guard_entry in $2; do
    act guard "${guard_entry%%:*}" && continue
    if [ "$?" -eq 1 ]; then journal mismatch "${guard_entry%%:*}" "$SAID"; else journal failed "${guard_entry%%:*}" "$SAID"; fi
    return 1
  done
  journal guarded - "round $1"
}

# A service that `resume` restarts may read the new files before, because it crashed or the machine came up again. So what it is
# like is known, and its undo is due, before the first file is switched: if it was started since, it starts once more at the end.
arm_round() {
  for arm_step in $round_arms; do
    backed_up "$arm_step" && journal arm "$arm_step" || return 1
  done
}

# The kubelet is stopped on a drained node only, and nothing is switched before the last sandboxes are gone.
hold_before() { # ROUND PHASE
  if [ "$round_holds" = yes ] && [ "$2" != stage ]; then
    hold "drained-$1"
    [ "$ANSWER" = go ] || return 1
    round_holds=drained
  fi
  case $round_holds.$2 in
    drained.switch | drained.resume)
      hold "sandboxes-$1"
      [ "$ANSWER" = go ] || return 1
      round_holds=
      ;;
  esac
}

# Waits for the control side. Sets ANSWER; when the deadline passes, or another session takes over, the answer is revert.
hold() {
  if [ "$AUTO" = yes ]; then
    ANSWER=commit
    case $1 in
      round-*) if [ -d "$RUN/rounds/$((${1#round-} + 1))" ]; then ANSWER=next; else ANSWER=verify; fi ;;
    esac
    return
  fi
  case $1 in
    drained-*) hold_seconds=$DRAINED_SECONDS ;;
    sandboxes-*) hold_seconds=$SANDBOXES_SECONDS ;;
    *) hold_seconds=$HOLD_SECONDS ;;
  esac
  hold_end=$(($(uptime_seconds) + hold_seconds))
  journal hold "$1" "deadline=$hold_seconds" || { ANSWER=revert; return; }
  while :; do
    if [ -f "$RUN/takeover" ]; then
      ANSWER=revert
      journal note - "taken over by $(file_line "$RUN/takeover" | one_line 200)"
      break
    fi
    ANSWER=$(file_line "$RUN/answers/$1")
    if [ -f "$RUN/abort" ]; then
      ANSWER=revert
      journal failed - "interrupted by the operator while the run waited for $1"
      break
    fi
    case $ANSWER in next | verify | go | commit | revert) break ;; esac
    if [ "$(uptime_seconds)" -ge "$hold_end" ]; then
      ANSWER=revert
      journal failed - "no answer to $1 within $hold_seconds s"
      break
    fi
    nap
  done
  journal answer "$1" "$ANSWER"
}

# ── back ─────────────────────────────────────────────────────────────────────────────────────────────────────────
undone_word() { if grep -q "^[0-9]* [0-9]* begin $1 " "$RUN/journal"; then printf undone; else printf disarm; fi; }

phase_of() { # STEP
  for phase_entry in $ALL_STEPS; do
    if [ "${phase_entry%%:*}" = "$1" ]; then
      printf '%s' "${phase_entry##*:}"
      return
    fi
  done
}

# Undoes every open step, newest first. A service that has to run again with what was restored waits (code 3) until the
# files it reads are back: before the first step of `quiesce` is undone, and at the end; after those what was restarted (code 6),
# oldest first, since a service may ask another one at its start. What was stopped for the time of the run (code 4) starts after
# everything, and only if all that came after its stop could be undone: the kubelet must not run pods under half a change.
# 5 = the node could not be quiesced again: it stays under the whole change, nothing older is undone. 8 = once more after all others
# (a reset: what needs it may be taken back by then), with UNDO_LAST.
undo_all() {
  remove_proofs
  undo_ok=yes
  undo_late=
  undo_again=
  undo_last=
  undo_start=yes
  undo_blocked=
  for undo_step in $(open_steps); do
    # A reset disturbs nobody's pods: everything starts once, at the end.
    if [ "$(phase_of "$undo_step")" = quiesce ] && ! is_reset; then undo_waiting; fi
    undo_one "$undo_step" || break
  done
  UNDO_LAST=yes
  for undo_step in $undo_blocked; do undo_one "$undo_step"; done
  undo_waiting
  if [ "$undo_start" = yes ]; then
    undo_late=$undo_last
    undo_waiting
  else
    for undo_last_step in $undo_last; do
      act withheld "$undo_last_step"
      journal stuck "$undo_last_step" "$SAID"
    done
  fi
  [ "$undo_ok" = yes ]
}

undo_one() { # STEP: fails where nothing older may be undone
  point
  act undo "$1"
  case $? in
    0) journal "$(undone_word "$1")" "$1" "$SAID" ;;
    3) undo_late="$undo_late $1" ;;
    6) undo_again="$1 $undo_again" ;;
    4)
      undo_last="$undo_last $1"
      undo_start=$undo_ok
      ;;
    5)
      undo_ok=no
      undo_start=no
      undo_late=
      undo_again=
      journal stuck "$1" "$SAID"
      return 1
      ;;
    8) undo_blocked="$undo_blocked $1" ;;
    *)
      undo_ok=no
      journal stuck "$1" "$SAID"
      ;;
  esac
}

undo_waiting() {
  for undo_late_step in $undo_late $undo_again; do
    if act late "$undo_late_step"; then
      journal "$(undone_word "$undo_late_step")" "$undo_late_step" "$SAID"
    else
      undo_ok=no
      journal stuck "$undo_late_step" "$SAID"
    fi
  done
  undo_late=
  undo_again=
}

revert() {
  load_rounds
  if [ "$(open_steps)" = ' ' ]; then
    settle unchanged
    return
  fi
  journal revert -
  if undo_all; then settle reverted; else settle partial; fi
}

settle() {
  rm -f "$RUN/reserve"
  [ "$1" = partial ] || unpause_all
  # What was staged has been used up.
  if [ "$MODE.$1" = run.committed ] && is_staged; then rm -rf "$BASE/staged"; fi
  # Archives are large: what is in place is there, what was replaced is in the backup.
  rm -rf "$RUN/archives" "$RUN/bundle" "$BASE/incoming"
  journal settle - "$1"
  rm -f "$RUN/out" "$RUN/err" "$RUN/still"
}

# What an interrupted run left is undone; a rollback that was interrupted goes on, unless it still waited for its node.
run_recover() {
  case $(journal_state "$RUN") in unfinished) ;; *) return ;; esac
  journal recover - "holder=$HOLDER"
  load_rounds
  if is_reset; then
    reset_retell
    reset_on
    return
  fi
  case $(rollback_state) in
    none) revert ;;
    waiting) settle "$(settled_before)" ;;
    *) undo_for_rollback ;;
  esac
}
rollback_state() { # none, waiting, or begun
  rollback_state_word=none
  while read -r _ _ rollback_event rollback_hold rollback_answer; do
    case $rollback_event.$rollback_hold.$rollback_answer in
      rollback.*) if [ -n "$(held_round)" ]; then rollback_state_word=waiting; else rollback_state_word=begun; fi ;;
      answer.drained-*.go) [ "$rollback_state_word" != waiting ] || rollback_state_word=begun ;;
    esac
  done <"$RUN/journal"
  printf '%s' "$rollback_state_word"
}
# How the run stood before its last rollback began: committed, or partial where an earlier attempt got stuck.
settled_before() {
  before_word=committed
  before_last=committed
  while read -r _ _ before_event _ before_detail; do
    case $before_event.$before_detail in
      *"$TORN"*) ;;
      settle.*) before_last=$before_detail ;;
      rollback.*) before_word=$before_last ;;
    esac
  done <"$RUN/journal"
  printf '%s' "$before_word"
}
# The newest round that needed an empty node and is not undone yet: taking it back needs one too.
held_round() {
  for held_step in $(open_steps); do
    case $HELD_ROUNDS in *" ${held_step%-*} "*) printf '%s' "${held_step%-*}"; return ;; esac
  done
}

run_rollback() {
  rollback_was=$(journal_state "$RUN")
  # What got stuck may be half undone: it is not as the run left it, and each undo looks for itself whose doing that is.
  case $rollback_was in committed) rollback_steps=still ;; partial) rollback_steps= ;; *) return 0 ;; esac
  load_rounds
  journal rollback - "holder=$HOLDER" || return
  : >"$RUN/still"
  for rollback_step in ${rollback_steps:+$(open_steps)}; do
    act still "$rollback_step" && continue
    journal mismatch "$rollback_step" "$SAID"
    # Nothing was touched: the run stands as it stood.
    settle committed
    return
  done
  rollback_round=$(held_round)
  if [ -n "$rollback_round" ]; then
    hold "drained-$rollback_round"
    if [ "$ANSWER" != go ]; then
      settle "$rollback_was"
      return
    fi
  fi
  undo_for_rollback
}

# For `still`: only the newest step on a target says how the run left it.
newest_on() { # KIND TARGET
  newest_key=$(printf '%s %s' "$1" "$2" | sha256sum)
  if grep -qxF -- "$newest_key" "$RUN/still"; then return 1; fi
  printf '%s\n' "$newest_key" >>"$RUN/still"
}

undo_for_rollback() { if undo_all; then settle rolled-back; else settle partial; fi; }

# ── orphans ──────────────────────────────────────────────────────────────────────────────────────────────────────
# An engine that was killed alone leaves the process that did its step: that one must not go on while the step is undone.
# All of them are in the session that the engine led. Shells of ours are ended; what they had started is waited for, since
# a package manager that is cut in the middle is worse than one that ends.
orphans() { # SESSION: `pid name` of each
  cat /proc/[0-9]*/stat 2>/dev/null | while IFS= read -r orphan_line; do
    orphan_pid=${orphan_line%% *}
    orphan_name=${orphan_line#*\(}
    # shellcheck disable=SC2086
    set -- "$1" ${orphan_line##*) }
    [ "$5" != "$1" ] || [ "$2" = Z ] || printf '%s %s\n' "$orphan_pid" "${orphan_name%)*}"
  done
}
end_orphans() {
  { read -r orphans_of orphans_boot <"$RUN/engine-pid"; } 2>/dev/null || return 0
  if [ "$orphans_boot" != "$(boot_id)" ] || [ "$orphans_of" = "$$" ]; then return 0; fi
  for orphan_round in 1 2; do
    for orphan_pid in $(orphans "$orphans_of" | sed 's/ .*//'); do
      if tr '\0' ' ' <"/proc/$orphan_pid/cmdline" 2>/dev/null | grep -qF -- "$RUN/engine.sh"; then kill -9 "$orphan_pid" 2>/dev/null; fi
    done
  done
  orphans_end=$(($(uptime_seconds) + 900))
  while orphans "$orphans_of" | grep -q -e ' apt' -e ' dpkg' -e ' timeout$' -e ' swapo' -e ' modprobe$' -e ' systemctl$'; do
    [ "$(uptime_seconds)" -lt "$orphans_end" ] || return 0
    nap
  done
}

# ── main ─────────────────────────────────────────────────────────────────────────────────────────────────────────
engine() {
  MODE=$1
  RUN=$2
  OUT=$RUN/out
  LAUNCHER_PID=$3
  # shellcheck disable=SC1091
  . "$RUN/settings"
  # Who works now may be another than who started the run.
  [ ! -f "$RUN/holder" ] || HOLDER=$(file_line "$RUN/holder")
  cd / || exit 1
  lock_take "$RUN_ID" "$HOLDER" || exit 75
  end_orphans
  printf '%s %s\n' "$$" "$(boot_id)" | write_whole "$RUN/engine-pid"
  journal_mend
  bundle_use
  if [ -f "$BASE/stop-at" ]; then
    : >"$BASE/points"
    POINTS_FILE=$BASE/points
  fi
  case $MODE in
    run) [ -s "$RUN/journal" ] || run_forward ;;
    stage) [ -s "$RUN/journal" ] || run_stage ;;
    recover) run_recover ;;
    reset) run_reset ;;
    rollback)
      # However the run was made: somebody drives its rollback.
      AUTO=no
      run_rollback
      ;;
  esac
  lock_release "$RUN_ID"
}
