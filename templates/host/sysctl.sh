# shellcheck shell=sh
# Kind `sysctl`: sysctl_ACTION KEY VALUE BEFORE. The live value of one key; BEFORE is `-` where a module of the plan brings the key.

sysctl_path() { printf '%s/%s' "$PROC_SYS" "$(printf '%s' "$1" | tr . /)"; }
# The kernel separates numbers with tabs; single spaces compare.
squash() {
  set -f
  # shellcheck disable=SC2086
  set -- $1
  printf '%s' "$*"
}
sysctl_read() { squash "$(cat "$(sysctl_path "$1")" 2>/dev/null)"; }
sysctl_write() { # KEY VALUE: one write, not echo, whose failure is a word on a closed stream
  { printf '%s\n' "$2" >"$(sysctl_path "$1")"; } 2>"$OUT"
}
sysctl_guard() {
  if [ ! -e "$(sysctl_path "$1")" ]; then
    [ "$3" = - ] || mismatch "the kernel no longer has $1"
    return 0
  fi
  sysctl_found=$(sysctl_read "$1")
  [ "$3" = - ] || [ "$sysctl_found" = "$(squash "$3")" ] || [ "$sysctl_found" = "$(squash "$2")" ] ||
    mismatch "$1 has changed since the plan: planned against $3, found $sysctl_found"
}
sysctl_now() {
  [ -e "$(sysctl_path "$1")" ] || mismatch "the kernel has no $1"
  sysctl_guard "$@"
}
sysctl_backup() { sysctl_read "$1" >"$BACKUP/value" || fail 'cannot write to the run directory'; }
sysctl_apply() {
  sysctl_write "$1" "$2" || fail "cannot set $1 = $2: $(last_words)"
  point
}
sysctl_confirm() {
  [ "$(sysctl_read "$1")" = "$(squash "$2")" ] || fail "$1 is $(sysctl_read "$1") after it was set to $2"
}
sysctl_undo() {
  # The key went with its module: nothing holds our value any more.
  [ -e "$(sysctl_path "$1")" ] || return 0
  sysctl_was=$(cat "$BACKUP/value") || fail "the backup of $1 is gone"
  sysctl_found=$(sysctl_read "$1")
  [ "$sysctl_found" != "$sysctl_was" ] || return 0
  [ "$sysctl_found" = "$(squash "$2")" ] || leave "$1 was changed by somebody else since $(by_whom) set it to $2: left at $sysctl_found; before: $sysctl_was"
  sysctl_write "$1" "$sysctl_was" || fail "cannot restore $1 = $sysctl_was: $(last_words)"
  point
  [ "$(sysctl_read "$1")" = "$sysctl_was" ] || fail "$1 is $(sysctl_read "$1"), was $sysctl_was"
}
sysctl_late() { nothing; }
sysctl_still() {
  newest_on sysctl "$1" || return 0
  [ -e "$(sysctl_path "$1")" ] || return 0
  sysctl_found=$(sysctl_read "$1")
  [ "$sysctl_found" = "$(squash "$2")" ] || [ "$sysctl_found" = "$(cat "$BACKUP/value")" ] ||
    mismatch "$1 has been changed since this run set it to $2: found $sysctl_found"
}
