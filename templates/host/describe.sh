# shellcheck shell=sh
# What the control side reads of earlier runs. Changes nothing.

describe_runs() {
  if [ ! -d "$BASE/runs" ]; then
    say end
    return
  fi
  if lock_read; then
    if lock_alive; then describe_alive=alive; else describe_alive=stale; fi
    say "lock $LOCK_RUN $describe_alive $(($(date +%s) - LOCK_SINCE)) $LOCK_HOLDER"
  fi
  say_purged
  for describe_dir in "$BASE"/runs/*/; do
    describe_dir=${describe_dir%/}
    [ -f "$describe_dir/settings" ] || continue
    # A reset is settled like any run, and never taken back.
    if is_reset_run "$describe_dir" && [ "$(journal_state "$describe_dir")" != unfinished ]; then continue; fi
    say "run ${describe_dir##*/} $(journal_state "$describe_dir")"
    for describe_round in "$describe_dir"/rounds/*/; do
      [ -f "$describe_round/manifest.json" ] || continue
      say "manifest ${describe_dir##*/} $(base64 <"$describe_round/manifest.json" | tr -d '\n')"
    done
    grep -a -e '^[0-9]* [0-9]* begin ' -e '^[0-9]* [0-9]* undone ' "$describe_dir/journal" 2>/dev/null | while read -r _ _ describe_event describe_step _; do
      say "step ${describe_dir##*/} $describe_step $describe_event"
    done
  done
  say end
}

# A file step as the run left it and as it is now, for the diff that a refused rollback shows.
inspect_file() { # RUN STEP
  inspect_round=$BASE/runs/$1/rounds/${2%-*}
  file_still() {
    say "left $(head -c 262144 "$inspect_round/$4" 2>/dev/null | base64 | tr -d '\n')"
    say "found $(head -c 262144 "$1" 2>/dev/null | base64 | tr -d '\n')"
  }
  no_sandboxes() { :; }
  ROUND_STEPS=
  # shellcheck disable=SC1091
  [ ! -f "$inspect_round/steps" ] || . "$inspect_round/steps"
  case $(grep -c "^step_${2%-*}_${2#*-}() .*file_" "$inspect_round/steps" 2>/dev/null) in 0 | '') ;; *) "step_${2%-*}_${2#*-}" still ;; esac
  say end
}
