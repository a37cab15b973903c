# shellcheck shell=sh
# Kinds `repository-key` and `package-lists` where rpm is; arguments as in repository-apt.sh. The key is kept as armour, which is all that
# rpm reads, and rpm is told of it, so that nobody is asked when the first package comes.

rpm_repository_key_guard() {
  repository_key_guard "$@"
  [ ! -f "$(key_file accepted)" ] || key_is_armour "$4"
}
rpm_repository_key_now() {
  repository_key_now "$@"
  key_is_armour "$4"
}
key_is_armour() { # URL
  grep -q '^-----BEGIN PGP PUBLIC KEY BLOCK-----' "$(key_file fetched)" || mismatch "the key from $1 is in binary form, and rpm reads ASCII armour only: give it as a file, runtime: { repository: { key: { file: … } } }"
}
rpm_repository_key_backup() {
  file_backup "$1" "$2"
  rpm_keys >"$BACKUP/keys"
}
rpm_repository_key_apply() {
  key_place "$1" fetched
  rpm_wait
  quietly rpm --import "$1" || fail "rpm does not take the key: $(last_words)"
  point
}
rpm_repository_key_confirm() {
  repository_key_confirm "$@"
  [ -n "$(key_imported "$3")" ] || fail "rpm does not have the key $3 after it was imported"
}
# By the end of the fingerprint, of whatever length rpm takes.
key_imported() { # FINGERPRINT: its entry in rpm's database
  imported_wanted=$(printf '%s' "$1" | tr 'A-F' 'a-f')
  rpm_keys | while IFS= read -r imported_key; do
    imported_id=${imported_key#gpg-pubkey-}
    case $imported_wanted in *"${imported_id%-*}") printf '%s\n' "$imported_key" ;; esac
  done
}
rpm_repository_key_undo() {
  rpm_wait
  key_imported "$3" | grep -vxF -f "$BACKUP/keys" | while IFS= read -r undo_key; do
    quietly rpm -e --allmatches -- "$undo_key" || exit 2
  done || fail "rpm keeps the key $3: $(last_words)"
  if [ -f "$BACKUP/after" ]; then repository_key_undo "$@"; else file_undo "$1" "$2" "$2"; fi
}
rpm_repository_key_late() { nothing; }
rpm_repository_key_still() { repository_key_still "$@"; }
rpm_repository_key_stage() { repository_key_stage; }

rpm_repositories() { # SOURCES [ID…]: those of a file of somebody's are named
  if [ $# -gt 1 ]; then
    shift
    printf '%s\n' "$@"
  else
    sed -n 's/^\[\(nodeprep-[A-Za-z0-9._-]*\)\].*/\1/p' "$1"
  fi
}
# shellcheck disable=SC2046
rpm_caches() { manager_caches $(rpm_repositories "$@"); } # SOURCES [ID…]
rpm_package_lists_guard() { nothing; }
rpm_package_lists_now() { nothing; }
rpm_package_lists_backup() {
  cp -- "$1" "$BACKUP/sources" || fail 'no space for the backup'
  rpm_caches "$@" >"$BACKUP/before"
}
rpm_package_lists_apply() {
  rpm_wait
  # Of these alone: what other sources have to say must not fail this.
  # shellcheck disable=SC2046
  manager_refresh $(rpm_repositories "$@") || fail "$MANAGER does not accept the repository of $1: $(manager_reason)$(mirror_words "$1")"
  point
}
rpm_package_lists_confirm() { [ -n "$(rpm_caches "$@")" ] || fail "$MANAGER keeps nothing of the repository in $1 after it was read: $(last_words)"; }
rpm_package_lists_undo() {
  rpm_wait
  shift
  rpm_caches "$BACKUP/sources" "$@" | grep -vxF -f "$BACKUP/before" | while IFS= read -r lists_path; do
    rm -rf -- "$lists_path"
  done
}
rpm_package_lists_late() { nothing; }
rpm_package_lists_still() { nothing; }
rpm_package_lists_stage() { nothing; }
