# shellcheck shell=sh
# Kind `module`: module_ACTION NAME. What is loaded stays loaded when the run is undone, and is named: something may use it by then.

module_path() { printf '/sys/module/%s' "$(printf '%s' "$1" | tr - _)"; }
module_guard() {
  [ -d "$(module_path "$1")" ] && return
  heard modprobe -n -- "$1" || mismatch "the kernel $(uname -r) has no module $1: $(last_words)"
}
module_now() { module_guard "$@"; }
module_backup() { if [ -d "$(module_path "$1")" ]; then echo loaded; else echo absent; fi >"$BACKUP/state"; }
module_apply() {
  heard bounded 60 modprobe -- "$1" || fail "modprobe $1: $(last_words)"
  point
}
module_confirm() { [ -d "$(module_path "$1")" ] || fail "$(module_path "$1") is not there after modprobe"; }
module_undo() {
  if [ "$(file_line "$BACKUP/state")" = absent ] && [ -d "$(module_path "$1")" ]; then
    printf 'kernel module %s stays loaded until the next boot' "$1"
  fi
}
module_late() { nothing; }
module_still() { nothing; }
