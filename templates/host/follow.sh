# shellcheck shell=sh
# The session between a control side and a run: the journal goes out as it grows, answers and beats come in.
# Lines that are not from the journal begin with `!`.

# Prints journal lines after line SKIP; says `!dead` when the engine is gone without settling. The only writer to the session.
follow_journal() { # SKIP
  follow_seen=0
  follow_part=
  follow_idle=0
  exec 3<"$RUN/journal"
  while :; do
    if IFS= read -r follow_line <&3; then
      follow_line=$follow_part$follow_line
      follow_part=
      follow_seen=$((follow_seen + 1))
      [ "$follow_seen" -gt "$1" ] || continue
      case $follow_line in *"$TORN"*) follow_line="$follow_seen 0 torn -" ;; esac
      printf '%s\n' "$follow_line" || return
      continue
    fi
    follow_part=$follow_part$follow_line
    follow_idle=$((follow_idle + 1))
    if [ "$follow_idle" -ge 5 ]; then
      follow_idle=0
      # Whoever reads answers for this session is gone.
      [ -d "/proc/$$" ] || return
      if [ "$follow_seen" -gt "$1" ]; then FOLLOW_GRACE=0; fi
      if engine_gone && journal_caught_up; then
        printf '!dead\n'
        return
      fi
    fi
    nap
  done
}
# A settled run with a free lock is at its end as well; the control side stops reading by then.
engine_gone() {
  if lock_read && [ "$LOCK_RUN" = "$RUN_ID" ] && lock_alive; then
    # Held by the launcher, who hands over: an engine that has not come after a while will not.
    [ "$LOCK_PID" = "$$" ] || return 1
    [ "$(uptime_seconds)" -ge "$FOLLOW_GRACE" ]
    return
  fi
  [ "$(uptime_seconds)" -ge "$FOLLOW_GRACE" ]
}
journal_caught_up() { [ "$(wc -l <"$RUN/journal")" -le "$follow_seen" ]; }

# follow RUN SKIP: until the control side ends its input or the connection is gone.
follow() {
  RUN=$BASE/runs/$1
  RUN_ID=$1
  FOLLOW_GRACE=$(($(uptime_seconds) + ${3:-3}))
  if [ ! -d "$RUN" ]; then
    printf '!gone\n'
    return
  fi
  [ -f "$RUN/journal" ] || : >>"$RUN/journal"
  mkdir -p "$RUN/answers"
  printf '!follow %s\n' "$1"
  follow_journal "$2" </dev/null &
  follow_pid=$!
  follow_beats=0
  while read -r follow_word follow_hold follow_answer; do
    case $follow_word in
      beat)
        follow_beats=$((follow_beats + 1))
        printf '%s %s\n' "$$" "$follow_beats" >"$RUN/control"
        ;;
      abort) : >"$RUN/abort" ;;
      answer)
        case $follow_hold in '' | *[!a-z0-9-]*) continue ;; esac
        case $follow_answer in next | verify | go | commit | revert) printf '%s\n' "$follow_answer" | write_whole "$RUN/answers/$follow_hold" ;; esac
        ;;
      bye) break ;;
    esac
  done
  kill "$follow_pid" 2>/dev/null
  wait "$follow_pid" 2>/dev/null || :
}
