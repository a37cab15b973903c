# shellcheck shell=sh
# Kind `swap`: swap_ACTION DEVICE. Off for now; what brings it back at boot is a matter of file and service steps.

swap_line() { # DEVICE as /proc/swaps spells it: prints `type size used priority`
  while read -r swap_device swap_rest; do
    if [ "$swap_device" = "$1" ]; then
      printf '%s\n' "$swap_rest"
      return 0
    fi
  done </proc/swaps
  return 1
}
swap_path() { printf '%b' "$(printf '%s' "$1" | sed 's/\\\([0-7]\)/\\0\1/g')"; }
swap_guard() {
  swap_found=$(swap_line "$1") || mismatch "swap on $1 is already off"
  # shellcheck disable=SC2086
  set -- "$1" $swap_found
  swap_free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
  [ "${swap_free:-0}" -gt "$4" ] || mismatch "swap on $1 holds $4 KiB and only ${swap_free:-0} KiB of memory are free: turning it off would run the host out of memory"
}
swap_now() { swap_guard "$@"; }
swap_backup() { swap_line "$1" >"$BACKUP/line"; }
swap_apply() {
  quietly swapoff "$(swap_path "$1")" || fail "swapoff $1: $(last_words)"
  point
}
swap_confirm() { if swap_line "$1" >/dev/null; then fail "swap on $1 is still on"; fi; }
swap_undo() {
  swap_line "$1" >/dev/null && return
  if is_reset && [ ! -e "$(swap_path "$1")" ] && ! swap_by_unit "$1"; then leave "swap on $1 stays off: it is not there any more"; fi
  swap_line "$1" >/dev/null && return
  read -r _ _ _ swap_priority <"$BACKUP/line" || fail "the backup of swap $1 is gone"
  # Negative priorities are the kernel's own choice and cannot be asked for.
  case $swap_priority in
    -*) quietly swapon "$(swap_path "$1")" ;;
    *) quietly swapon -p "$swap_priority" "$(swap_path "$1")" ;;
  esac || swap_by_unit "$1" || fail "swapon $1: $(last_words)"
  swap_line "$1" >/dev/null || fail "swap on $1 is not on again"
}
# zram devices are gone with their unit; it makes them anew.
swap_by_unit() { command -v systemd-escape >/dev/null 2>&1 && quietly systemctl start "$(systemd-escape -p --suffix=swap "$(swap_path "$1")")"; }
swap_late() { nothing; }
swap_still() { nothing; }
