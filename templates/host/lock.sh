# shellcheck shell=sh disable=SC2034
# The host lock: one file, changed only under flock on a guard file, so that two programs never both find it free.
# Stale when its process (pid and start time) or its boot is gone.

# Start time of a process in ticks since boot; fails when it is gone or a zombie.
process_start() {
  { IFS= read -r process_line <"/proc/$1/stat"; } 2>/dev/null || return 1
  # The name in parentheses may hold anything; after the last one come state and, as the 20th word, the start time.
  process_line=${process_line##*) }
  # shellcheck disable=SC2086
  set -- $process_line
  case $1 in Z | X | x) return 1 ;; esac
  printf '%s' "${20}"
}

boot_id() { cat /proc/sys/kernel/random/boot_id 2>/dev/null; }

lock_read() {
  LOCK_RUN='' LOCK_PID='' LOCK_START='' LOCK_BOOT='' LOCK_SINCE='' LOCK_HOLDER=''
  [ -f "$BASE/lock" ] || return 1
  while IFS='=' read -r lock_key lock_value; do
    case $lock_key in
      run) LOCK_RUN=$lock_value ;;
      pid) LOCK_PID=$lock_value ;;
      start) LOCK_START=$lock_value ;;
      boot) LOCK_BOOT=$lock_value ;;
      since) LOCK_SINCE=$lock_value ;;
      holder) LOCK_HOLDER=$lock_value ;;
    esac
  done <"$BASE/lock"
  [ -n "$LOCK_RUN" ] && [ -n "$LOCK_PID" ]
}

# Whether the process that the lock names lives. Call after lock_read.
lock_alive() {
  [ "$LOCK_BOOT" = "$(boot_id)" ] && lock_now=$(process_start "$LOCK_PID") && [ "$lock_now" = "$LOCK_START" ]
}

# lock_take RUN HOLDER: takes the free, stale or own lock for this process. 1 = somebody else's, alive; 2 = could not write.
lock_take() {
  lock_since=$(date +%s)
  (
    flock 9 || exit 2
    if lock_read && [ "$LOCK_PID" != "$$" ] && lock_alive; then
      # The launcher of the same run hands over to the engine; an engine that is at work keeps it.
      [ "$LOCK_RUN" = "$1" ] && [ "$LOCK_PID" = "${LAUNCHER_PID:-none}" ] || exit 1
    fi
    {
      printf 'run=%s\npid=%s\nstart=%s\nboot=%s\nsince=%s\nholder=%s\n' \
        "$1" "$$" "$(process_start $$)" "$(boot_id)" "$lock_since" "$2" >"$BASE/lock.new" &&
        sync_path "$BASE/lock.new" 9>&- && mv -f "$BASE/lock.new" "$BASE/lock"
    } || exit 2
  ) 9>"$BASE/lock.guard"
}

lock_release() { # RUN
  (
    flock 9 || exit 1
    if lock_read && [ "$LOCK_RUN" = "$1" ] && [ "$LOCK_PID" = "$$" ]; then rm -f "$BASE/lock"; fi
  ) 9>"$BASE/lock.guard"
}
