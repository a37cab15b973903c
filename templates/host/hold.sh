# shellcheck shell=sh
# Kind `hold`: hold_ACTION NAME yes|no. Whether upgrades leave an installed package alone.

held() { # PACKAGE: prints yes or no
  case $(dpkg-query -W -f '${db:Status-Want}' -- "$1" 2>/dev/null) in hold) printf yes ;; *) printf no ;; esac
}
installed_version() { # PACKAGE: empty unless it is fully installed
  installed_line=$(dpkg-query -W -f '${db:Status-Status} ${Version}' -- "$1" 2>/dev/null)
  case $installed_line in 'installed '*) printf '%s' "${installed_line#installed }" ;; esac
}
set_hold() { # PACKAGE yes|no
  [ "$(held "$1")" != "$2" ] || return 0
  if [ "$2" = yes ]; then set_hold_verb=hold; else set_hold_verb=unhold; fi
  wait_for_dpkg
  quietly apt-mark "$set_hold_verb" "$1" || fail "apt-mark $set_hold_verb $1: $(last_words)"
}
# The package may come with an earlier step of the round.
hold_guard() { nothing; }
hold_now() { [ -n "$(installed_version "$1")" ] || mismatch "package $1 is not installed"; }
hold_backup() { held "$1" >"$BACKUP/state"; }
hold_apply() {
  set_hold "$1" "$2"
  point
}
hold_confirm() { [ "$(held "$1")" = "$2" ] || fail "the hold of $1 is still $(held "$1")"; }
hold_undo() {
  [ -n "$(installed_version "$1")" ] || return 0
  if is_reset && [ "$(held "$1")" != "$2" ]; then leave "the hold of $1 was changed by somebody else: left as it is"; fi
  set_hold "$1" "$(cat "$BACKUP/state")"
}
hold_late() { nothing; }
hold_still() { nothing; }
