# shellcheck shell=sh
# Kind `service`: service_ACTION UNIT ENABLED ACTIVE MASKED ACT BEFORE_FILE BEFORE_ACTIVE [pause|empty]
#   (yes, no, or `-` = leave; ACT restart, reload or `-`)
# pause: stopped for the time of the run (templates/host/pause.sh). empty: what started it again may have started pods, which
# end with it when this is undone.

SERVICE_WAIT=45 # seconds until a unit must run
SERVICE_STABLE=3 # seconds it must keep running to count

service_show() { # UNIT: fills UNIT_*
  UNIT_Load='' UNIT_File='' UNIT_Active='' UNIT_Sub='' UNIT_Pid=0 UNIT_Restarts=0 UNIT_Result='' UNIT_Status='' UNIT_Invocation='' UNIT_Reload='' UNIT_Type='' UNIT_Job=''
  service_shown=$(systemctl show "$1" -p LoadState -p UnitFileState -p ActiveState -p SubState -p MainPID -p NRestarts -p Result \
    -p ExecMainStatus -p InvocationID -p NeedDaemonReload -p Type -p Job 2>"$OUT") || fail "systemctl show $1: $(last_words)"
  while IFS='=' read -r show_key show_value; do
    case $show_key in
      LoadState) UNIT_Load=$show_value ;;
      UnitFileState) UNIT_File=$show_value ;;
      ActiveState) UNIT_Active=$show_value ;;
      SubState) UNIT_Sub=$show_value ;;
      MainPID) UNIT_Pid=$show_value ;;
      NRestarts) UNIT_Restarts=$show_value ;;
      Result) UNIT_Result=$show_value ;;
      ExecMainStatus) UNIT_Status=$show_value ;;
      InvocationID) UNIT_Invocation=$show_value ;;
      NeedDaemonReload) UNIT_Reload=$show_value ;;
      Type) UNIT_Type=$show_value ;;
      Job) UNIT_Job=$show_value ;;
    esac
  done <<SHOWN
$service_shown
SHOWN
}
# Like service_show, with systemd knowing the unit files as they are now.
service_fresh() {
  service_show "$1"
  if [ "$UNIT_Reload" = yes ] || [ "$UNIT_Load" = not-found ]; then
    quietly systemctl daemon-reload || fail "systemctl daemon-reload: $(last_words)"
    service_show "$1"
  fi
}
service_do() { # VERB… UNIT
  quietly bounded 120 systemctl "$@" || fail "systemctl $*: $(last_words)"
}

service_guard() {
  service_show "$1"
  [ "$UNIT_File" = "$6" ] || mismatch "$1 has changed since the plan: planned against '$6', found '$UNIT_File'"
  # Only what is stable counts: a unit that restarts over and over is in another state every second.
  if [ "$7" = active ] && [ "$UNIT_Active" = inactive ] && [ "$UNIT_Load" = loaded ]; then
    mismatch "$1 ran when the plan was made and has been stopped since"
  fi
}
# Earlier steps of the round bring units, enable and start them; what matters here is that there is one.
service_now() {
  service_fresh "$1"
  if [ "$UNIT_Load" = not-found ] && [ "$4" != yes ]; then mismatch "there is no unit $1"; fi
  return 0
}

service_backup() {
  service_show "$1"
  if paused "$1"; then backup_paused=yes; else backup_paused=no; fi
  printf '%s\n%s\n%s\n%s\n%s\n' "$UNIT_Load" "$UNIT_File" "$UNIT_Active" "$UNIT_Invocation" "$backup_paused" >"$BACKUP/unit" ||
    fail 'cannot write to the run directory'
}

service_apply() {
  [ "$4" != no ] || service_do unmask "$1"
  case $2 in
    yes) service_do enable "$1" ;;
    no) service_do disable "$1" ;;
  esac
  point
  [ "${8:-}" != pause ] || pause_unit "$1"
  [ "$3" != no ] || service_do stop "$1"
  [ "$4" != yes ] || service_do mask "$1"
  point
  case $5 in
    restart) service_start restart "$1" ;;
    reload)
      service_fresh "$1"
      service_do reload "$1"
      ;;
    *) [ "$3" != yes ] || service_start start "$1" ;;
  esac
  point
}

# Starts or restarts and waits until the unit has run for some seconds; a unit that fails tells why.
service_start() { # start|restart UNIT
  unpause_unit "$2"
  service_fresh "$2"
  service_since=$(date +%s)
  quietly systemctl reset-failed "$2"
  quietly systemctl --no-block "$1" "$2" || fail "systemctl $1 $2: $(last_words)"
  start_end=$(($(uptime_seconds) + SERVICE_WAIT))
  start_pid=
  start_stable=0
  start_restarts=0
  while :; do
    service_show "$2"
    start_now=$(uptime_seconds)
    # While the job waits, `failed` is how the old process ended.
    if [ "$UNIT_Active" = failed ] && [ -z "${UNIT_Job#0}" ]; then service_failed "$2" "did not come back"; fi
    if [ "$UNIT_Restarts" -ge $((start_restarts + 2)) ]; then service_failed "$2" 'fails again and again'; fi
    if [ "$UNIT_Active" = active ] && [ -z "${UNIT_Job#0}" ]; then
      [ "$UNIT_Sub" != exited ] || return 0
      if [ "$UNIT_Pid" != "$start_pid" ]; then
        start_pid=$UNIT_Pid
        start_stable=$start_now
      fi
      [ $((start_now - start_stable)) -lt "$SERVICE_STABLE" ] || return 0
    else
      start_pid=
    fi
    if [ "$UNIT_Type" = oneshot ] && [ "$UNIT_Active" = inactive ] && [ -z "${UNIT_Job#0}" ] && [ "$UNIT_Result" = success ]; then return 0; fi
    [ "$start_now" -lt "$start_end" ] || service_failed "$2" "did not come back within $SERVICE_WAIT s"
    nap
  done
}
# On the way back one more attempt costs less than a node left half done.
service_restore() { # UNIT
  (service_start restart "$1") >/dev/null || service_start restart "$1"
}
service_failed() { # UNIT WORDS
  # The journal is written a moment after the failure.
  sleep 1
  failed_log=$(journalctl -u "$1" --since "@$service_since" -o cat --no-pager -n 24 2>/dev/null |
    grep -v -e 'Scheduled restart job' -e '^Starting ' -e '^Stopping ' -e '^Stopped ' | cut -c 1-400 | awk '!seen[$0]++')
  fail "$1 $2 ($UNIT_Active, ${UNIT_Result:-no result}, exit ${UNIT_Status:-?}): $failed_log"
}

service_confirm() {
  service_show "$1"
  case $2 in
    yes) case $UNIT_File in enabled* | static | alias | indirect | generated) ;; *) fail "$1 is $UNIT_File after it was enabled" ;; esac ;;
    no) case $UNIT_File in enabled | enabled-runtime) fail "$1 is still enabled" ;; esac ;;
  esac
  [ "$4" != yes ] || case $UNIT_File in masked*) ;; *) fail "$1 is $UNIT_File after it was masked" ;; esac
  if [ "$3" = no ] && [ "$UNIT_Active" = active ]; then fail "$1 still runs"; fi
  return 0
}

service_was() { # fills WAS_*
  # shellcheck disable=SC2034
  { read -r WAS_Load; read -r WAS_File; read -r WAS_Active; read -r WAS_Invocation; read -r WAS_Paused; } <"$BACKUP/unit" || fail "the backup of $1 is gone"
}

service_undo() {
  if is_reset; then
    service_back "$@"
    return
  fi
  service_was "$1"
  service_fresh "$1"
  [ "$UNIT_Load" != not-found ] || return 0
  service_undo_file "$1"
  [ "${8:-}" != pause ] || exit 4
  if [ "$WAS_Paused" = yes ]; then service_quiesce "$@"; fi
  service_undo_active "$@"
}
service_undo_active() {
  case $WAS_Active in
    active | reloading | refreshing)
      if [ "$UNIT_Active" = active ] && [ "$UNIT_Invocation" = "$WAS_Invocation" ] && [ "$5" != reload ]; then return 0; fi
      service_undo_late "$3"
      ;;
    activating) service_undo_late "$3" ;;
  esac
  case $UNIT_Active in inactive | failed) ;; *) service_do stop "$1" ;; esac
}
# What was stopped starts newest first, what was restarted is restarted in the order in which it was: cri-dockerd asks dockerd once.
service_undo_late() { # ACTIVE
  [ "$1" != no ] || exit 3
  exit 6
}
# Stopped once more before anything older is undone. Where that cannot be had nothing is: it runs on under the whole change.
service_quiesce() {
  (service_empty "$@") && return
  (unpause_unit "$1")
  quietly systemctl --no-block start "$1"
  exit 5
}
service_empty() {
  pause_unit "$1"
  service_do stop "$1"
  [ "${8:-}" = empty ] || return 0
  # A rollback has a control side, which does it better.
  [ "$MODE" != rollback ] || hold "sandboxes-${STEP%-*}"
  empty_node
}
service_undo_file() {
  case $UNIT_File in
    masked) case $WAS_File in masked*) ;; *) service_do unmask "$1" ;; esac ;;
    masked-runtime) case $WAS_File in masked*) ;; *) service_do unmask --runtime "$1" ;; esac ;;
  esac
  point
  service_show "$1"
  [ "$UNIT_File" != "$WAS_File" ] || return 0
  case $WAS_File in
    enabled) service_do enable "$1" ;;
    enabled-runtime) service_do enable --runtime "$1" ;;
    disabled) service_do disable "$1" ;;
    masked) service_do mask "$1" ;;
    masked-runtime) service_do mask --runtime "$1" ;;
  esac
  service_show "$1"
  [ "$UNIT_File" = "$WAS_File" ] || [ -z "$WAS_File" ] || fail "$1 is $UNIT_File, was $WAS_File"
}

# After everything else is as before: what ran runs again, with the old files.
service_late() {
  service_was "$1"
  service_fresh "$1"
  [ "$UNIT_Load" != not-found ] || return 0
  if [ "${8:-}" = pause ] && ! is_reset; then
    # An earlier run that could not be undone had left it so.
    [ "$WAS_Paused" = no ] || return 0
    unpause_unit "$1"
    # It was never stopped, or another round's step has started it by now.
    [ "$UNIT_Active" != active ] || return 0
    case $WAS_Active in inactive | failed) return 0 ;; esac
  fi
  # Its service brought it along, and would go down with it once more.
  case $1/$UNIT_Active in *.socket/active) return 0 ;; esac
  if [ "$WAS_Active" = activating ] || { is_reset && [ "$UNIT_Active" = activating ]; }; then
    quietly systemctl --no-block restart "$1"
  elif [ "$5" = reload ] && [ "$UNIT_Active" = active ] && [ "$UNIT_Invocation" = "$WAS_Invocation" ]; then
    service_do reload "$1"
  else
    service_restore "$1"
  fi
}
service_withheld() {
  printf '%s stays stopped, and is kept from starting by %s: not all that it depends on could be undone' "$1" "$(pause_drop_in "$1")"
}
service_still() { nothing; }
