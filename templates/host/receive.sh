# shellcheck shell=sh
# Takes a file from the control side, whole, to BASE/incoming/SHA256, where the next run finds it (templates/host/archive.sh).

# receive SHA256 BYTES: says `have`, or `ready`, reads to the end of its input, and says `received`, or `cut BYTES` where it got another
# number of them.
receive() {
  open_base
  receive_dir=$BASE/incoming
  receive_new=$receive_dir/.$RUN_ID-$1
  problem=$(mkdir -p "$receive_dir" 2>&1) || refuse "nothing was changed: $problem"
  if [ -f "$receive_dir/$1" ] && [ "$(sha256sum <"$receive_dir/$1" | cut -c 1-64)" = "$1" ]; then
    say have
    exit 0
  fi
  receive_free=$(df -Pk "$receive_dir" | sed -n '2s/^[^ ]*  *[0-9]*  *[0-9]*  *\([0-9]*\) .*/\1/p')
  [ "${receive_free:-0}" -ge "$(($2 / 1024 + 8192))" ] ||
    refuse "nothing was changed: $(($2 / 1048576 + 8)) MiB are needed for an archive and $BASE has $((${receive_free:-0} / 1024)) MiB free; make room there and run this again"
  rm -f "$receive_dir"/.*-"$1"
  say ready
  problem=$(cat 2>&1 >"$receive_new") || receive_failed "$problem"
  receive_found=$(stat -c %s "$receive_new") || receive_failed 'its size cannot be told'
  if [ "$receive_found" != "$2" ]; then
    rm -f "$receive_new"
    say cut "$receive_found"
    exit 0
  fi
  sync_path "$receive_new"
  mv -f "$receive_new" "$receive_dir/$1" 2>/dev/null || receive_failed 'it could not be kept'
  say received
}
receive_failed() {
  rm -f "$receive_new"
  refuse "nothing was changed: an archive could not be stored in $BASE: $1"
}

# Whether this host has a program for fetch_url (templates/host/archive.sh).
can_fetch() { # URL
  for fetch_program in curl wget python3; do
    command -v "$fetch_program" >/dev/null 2>&1 && say fetch yes && return
  done
  case $1 in http://*) command -v perl >/dev/null 2>&1 && say fetch yes && return ;; esac
  say fetch no
}
