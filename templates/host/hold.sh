# shellcheck shell=sh
# Kind `hold`: hold_ACTION NAME yes|no. Whether upgrades leave an installed package alone.
# BASE/holds/NAME is there for every hold that nodeprep has set: those it may lift, and no others. See docs/adr/0024-holds.md.

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
own_holds() { ls "$BASE/holds" 2>/dev/null; }
own_hold() { [ -e "$BASE/holds/$1" ]; } # PACKAGE
# Before the hold: one without a record could not be told from somebody else's.
record_hold() { # PACKAGE
  mkdir -p "$BASE/holds" 2>"$OUT" && : >"$BASE/holds/$1" || fail "cannot write to $BASE: $(last_words)"
  sync_path "$BASE/holds"
}
forget_hold() { # PACKAGE
  own_hold "$1" || return 0
  rm -f -- "$BASE/holds/$1"
  rmdir -- "$BASE/holds" 2>/dev/null
  return 0
}
save_records() { own_holds >"$BACKUP/own-holds"; :; }
records_back() { # PACKAGE…
  for record_name in "$@"; do
    if grep -qxF -e "$record_name" "$BACKUP/own-holds" 2>/dev/null; then own_hold "$record_name" || record_hold "$record_name"; else forget_hold "$record_name"; fi
  done
}
take_hold() { # PACKAGE
  [ "$(held "$1")" != yes ] || return 0
  record_hold "$1"
  set_hold "$1" yes
}
# The package may come with an earlier step of the round.
hold_guard() { nothing; }
hold_now() { [ -n "$(installed_version "$1")" ] || mismatch "package $1 is not installed"; }
hold_backup() {
  save_records
  held "$1" >"$BACKUP/state"
}
hold_apply() {
  if [ "$2" = yes ]; then take_hold "$1"; else set_hold "$1" no; fi
  point
}
hold_confirm() { [ "$(held "$1")" = "$2" ] || fail "the hold of $1 is still $(held "$1")"; }
hold_undo() {
  if [ -n "$(installed_version "$1")" ]; then
    if is_reset && [ "$(held "$1")" != "$2" ]; then
      records_back "$1"
      leave "the hold of $1 was changed by somebody else: left as it is"
    fi
    set_hold "$1" "$(cat "$BACKUP/state")"
  fi
  records_back "$1"
}
hold_late() { nothing; }
hold_still() { nothing; }
