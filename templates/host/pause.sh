# shellcheck shell=sh
# A paused unit does not start, by nobody and by no reboot, until the run that stopped it starts it again: after a power loss
# between two changes the kubelet would run pods under half of them. BASE/paused/UNIT is there as long as the unit is paused,
# and holds the directory that was made for the drop-in; the drop-in's condition names it.

paused() { [ -f "$BASE/paused/$1" ]; }
pause_drop_in() { printf '%s/%s.d/00-nodeprep-paused.conf' "$UNIT_DIR" "$1"; }

pause_unit() { # UNIT
  pause_path=$(pause_drop_in "$1")
  pause_made=
  [ -d "${pause_path%/*}" ] || pause_made=${pause_path%/*}
  pause_write "$1" 2>"$OUT" || {
    # Disk full: the reserve is for this.
    rm -f "$RUN/reserve"
    pause_write "$1" 2>"$OUT" || fail "$1 cannot be paused: $(last_words)"
  }
  point
  quietly bounded 60 systemctl daemon-reload || fail "systemctl daemon-reload: $(last_words)"
}
pause_write() { # UNIT
  if ! paused "$1"; then
    mkdir -p "$BASE/paused" && printf '%s %s\n' "$RUN_ID" "$pause_made" | write_whole "$BASE/paused/$1" || return
    sync_path "$BASE/paused"
    point
  fi
  (umask 022 && mkdir -p "${pause_path%/*}" && pause_text "$1" | write_whole "$pause_path") && sync_path "${pause_path%/*}"
}
pause_text() { # UNIT
  cat <<DROP_IN
# nodeprep run $RUN_ID is changing what $1 depends on. It must not start before that is done or undone, not by a reboot either.
# The run lifts this. If it was interrupted: nodeprep recover. By hand: remove this file, then systemctl daemon-reload.
[Unit]
ConditionPathExists=!$BASE/paused/$1
DROP_IN
}

# Lifts the pause; starts nothing.
unpause_unit() { # UNIT
  paused "$1" || return 0
  pause_path=$(pause_drop_in "$1")
  read -r _ pause_made <"$BASE/paused/$1"
  rm -f -- "$pause_path" "$pause_path.new" 2>"$OUT" || fail "$1 stays paused: $(last_words)"
  [ -z "$pause_made" ] || rmdir -- "$pause_made" 2>/dev/null
  point
  quietly bounded 60 systemctl daemon-reload || fail "$1 stays paused: systemctl daemon-reload: $(last_words)"
  rm -f -- "$BASE/paused/$1" 2>"$OUT" || fail "$1 stays paused: $(last_words)"
  sync_path "$BASE/paused"
  point
}

# Of a run that ends: what it paused and did not start again.
unpause_all() {
  for unpause_flag in "$BASE"/paused/*; do
    [ -f "$unpause_flag" ] || continue
    case $(file_line "$unpause_flag") in "$RUN_ID "*) (unpause_unit "${unpause_flag##*/}") ;; esac
  done
}
