# shellcheck shell=sh
# Kind `directory`: directory_ACTION PATH MODE

directory_guard() {
  case $(path_state "$1") in
    absent | directory:*) ;;
    *) mismatch "$1 should become a directory and is $(state_words "$(path_state "$1")")" ;;
  esac
}
directory_now() { directory_guard "$@"; }
directory_backup() { path_state "$1" >"$BACKUP/state" && note_parents "$1"; }
directory_apply() {
  if [ ! -d "$1" ]; then
    make_parents "$1"
    mkdir -m "$2" -- "$1" 2>"$OUT" || fail "cannot create $1: $(last_words)"
    point
    label_made "$1"
  fi
  chmod "$2" "$1" 2>"$OUT" || fail "cannot change the mode of $1: $(last_words)"
  sync_path "$(parent_of "$1")"
}
directory_confirm() {
  case $(path_state "$1") in
    "directory:$2:"*) ;;
    *) fail "$1 is $(state_words "$(path_state "$1")") after it was made" ;;
  esac
}
directory_undo() {
  directory_was=$(cat "$BACKUP/state") || fail "the backup of $1 is gone"
  if [ "$directory_was" = absent ]; then
    if [ ! -d "$1" ] || rmdir -- "$1" 2>/dev/null; then remove_parents "$1"; else printf '%s stays: it is not empty' "$1" | one_line; fi
    return
  fi
  directory_mode=${directory_was#directory:}
  chmod "${directory_mode%%:*}" "$1" 2>"$OUT" || fail "cannot restore the mode of $1: $(last_words)"
  [ "$(path_state "$1")" = "$directory_was" ] || fail "$1 is $(state_words "$(path_state "$1")"), was $(state_words "$directory_was")"
}
directory_late() { nothing; }
directory_still() { nothing; }
