# shellcheck shell=sh
# Kind `archive-removal`: archive_removal_ACTION COMPONENT BEFORE CHANGED   (as in archive.sh)
# What an archive has put in place goes, and its record with it; kept before, and brought back, as archive.sh does it with what a newer
# archive does not have any more.

archive_removal_guard() {
  archive_removal_now "$@"
  removal_dir=$(archive_work)
  removal_record=$(archive_record "$1")
  mkdir -p "$removal_dir" 2>"$OUT" || fail "cannot write to the run directory: $(last_words)"
  sed -n 's/^file [^ ]* /absent|-|/p' "$removal_record" >"$removal_dir/files"
  printf 'absent|-|%s\n' "$removal_record" >>"$removal_dir/files"
  removal_kib=8192
  while IFS='|' read -r _ _ removal_path; do
    [ ! -f "$removal_path" ] || removal_kib=$((removal_kib + $(stat -c %s "$removal_path") / 1024))
  done <"$removal_dir/files"
  # shellcheck disable=SC2034
  unpack_name="the copy of $1 that is kept"
  room_enough "$RUN" "$removal_kib"
}
archive_removal_now() { archive_as_planned "$1" - - "$2" "$3"; }
archive_removal_backup() { archive_backup; }
archive_removal_apply() { archive_apply; }
archive_removal_confirm() { archive_confirm; }
archive_removal_undo() { archive_undo "$@"; }
archive_removal_late() { archive_late; }
archive_removal_still() { archive_still; }
