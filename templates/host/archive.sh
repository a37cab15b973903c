# shellcheck shell=sh
# Kind `archive`: archive_ACTION COMPONENT SHA256 URL BEFORE CHANGED PROXY [MEMBER PATH MODE]…
# URL `-`: the control side has put the download into BASE/incoming/SHA256, as it does where the host cannot fetch it. BEFORE: sha256 of the archive that is installed, `-` = none;
# CHANGED: which of its files are not as it left them, with `:` between. MEMBER with `/` at its end: every file below it; `.`: the download
# is the file itself. PROXY: `HTTP|HTTPS|NOPROXY`, `-` = none.
# The guard fetches and unpacks into RUN/archives/STEP, so that whatever is wrong with an archive is found before anything is changed. What
# is put in place is written down in BASE/archives/COMPONENT: `archive SHA256`, then `file STATE PATH` for each (path_state of file.sh).

archive_record() { printf '%s/archives/%s' "$BASE" "$1"; }
archive_work() { printf '%s/archives/%s' "$RUN" "$STEP"; }

# What the record says and how much of it still holds: sets INSTALLED and INSTALLED_CHANGED as BEFORE and CHANGED are given.
archive_installed() { # COMPONENT
  INSTALLED=-
  INSTALLED_CHANGED=
  installed_record=$(archive_record "$1")
  [ -f "$installed_record" ] || return 0
  while read -r installed_word installed_state installed_path; do
    case $installed_word in
      archive) INSTALLED=$installed_state ;;
      file)
        [ "$(path_state "$installed_path")" = "$installed_state" ] ||
          INSTALLED_CHANGED=$INSTALLED_CHANGED${INSTALLED_CHANGED:+:}$installed_path
        ;;
    esac
  done <"$installed_record"
}
archive_words() { # SHA256 CHANGED
  if [ "$1" = - ]; then printf 'none'; else printf '%.12s…%s' "$1" "${2:+, changed since: $2}"; fi
}
archive_as_planned() { # as archive_guard
  archive_installed "$1"
  if [ "$INSTALLED" = "$4" ] && [ "$INSTALLED_CHANGED" = "$5" ]; then return 0; fi
  mismatch "what is installed of $1 has changed since the plan: planned against the archive $(archive_words "$4" "$5"), found $(archive_words "$INSTALLED" "$INSTALLED_CHANGED")"
}

archive_guard() {
  archive_as_planned "$@"
  archive_from=$3
  [ "$3" != - ] || archive_from='the file of the inventory'
  archive_fetch "$@"
  archive_unpack "$@"
  archive_no_strangers "$1"
}
archive_now() {
  [ -f "$(archive_work)/files" ] || fail "what was unpacked of $1 is gone"
  archive_as_planned "$@"
  archive_no_strangers "$1"
}

# ── fetching ─────────────────────────────────────────────────────────────────────────────────────────────────────
archive_fetch() { # as archive_guard
  fetch_dir=$(archive_work)
  rm -rf "$fetch_dir"
  mkdir -p "$fetch_dir" 2>"$OUT" || fail "cannot write to the run directory: $(last_words)"
  fetch_file=$fetch_dir/download
  if is_staged; then
    fetch_take "$1" "$BASE/staged/archives/$2" 'is not among what is staged'
  elif [ "$3" = - ] || [ -f "$BASE/incoming/$2" ]; then
    fetch_take "$1" "$BASE/incoming/$2" 'has not come to this host'
  else
    note "fetches $1 from $3"
    fetch_url "$3" "$fetch_file" "${6:--}" ||
      fail "the archive of $1 cannot be fetched from $3$(proxy_words "${6:--}") ($(fetch_free)): $(last_words); look at runtime.archives.$1 and whether this host reaches that, or give it as file"
  fi
  fetch_sum=$(sha256sum <"$fetch_file")
  [ "${fetch_sum%% *}" = "$2" ] ||
    fail "the archive of $1 from $archive_from has sha256 ${fetch_sum%% *} ($(stat -c %s "$fetch_file") bytes), the inventory says $2: correct runtime.archives.$1.sha256, or look at what is served there"
}
fetch_take() { # COMPONENT FILE PROBLEM
  [ -f "$2" ] || fail "the archive of $1 $3"
  ln "$2" "$fetch_file" 2>/dev/null || cp -- "$2" "$fetch_file" 2>"$OUT" || fail "cannot write to the run directory: $(last_words)"
}
fetch_free() { printf '%s MiB free in %s' "$(($(free_kib "$RUN") / 1024))" "$BASE"; }

proxy_words() { # PROXY
  case $1 in - | '||'*) ;; *) printf ' through the proxy of the inventory (%s)' "${1%|*}" ;; esac
}

# Nothing but the arguments counts: no proxy of the environment, no .curlrc, .netrc or .wgetrc of root's; and nothing of them stays for apt.
fetch_url() { # URL FILE [PROXY]
  unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
  case ${3:--} in
    -) ;;
    *)
      fetch_proxies=${3#*|}
      [ -z "${3%%|*}" ] || export http_proxy="${3%%|*}"
      [ -z "${fetch_proxies%%|*}" ] || export https_proxy="${fetch_proxies%%|*}"
      [ -z "${fetch_proxies#*|}" ] || export no_proxy="${fetch_proxies#*|}"
      ;;
  esac
  fetch_by_program "$1" "$2"
  fetch_code=$?
  unset http_proxy https_proxy no_proxy
  return "$fetch_code"
}
fetch_by_program() { # URL FILE
  if command -v curl >/dev/null 2>&1; then
    quietly bounded 1800 curl -q --fail --silent --show-error --location --proto '=http,https' --proto-redir '=http,https' \
      --connect-timeout 20 --speed-limit 1024 --speed-time 60 --retry 2 --output "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    fetch_quiet=-q
    if wget --version 2>/dev/null | grep -q GNU; then fetch_quiet='-nv --no-config --no-netrc'; fi
    # shellcheck disable=SC2086
    quietly bounded 1800 wget $fetch_quiet -T 60 -O "$2" "$1"
  elif command -v python3 >/dev/null 2>&1; then
    quietly bounded 1800 python3 -I -c 'import shutil, sys, urllib.request as request
try:
    with request.build_opener(request.ProxyHandler()).open(sys.argv[1], timeout=60) as answer, open(sys.argv[2], "wb") as file:
        shutil.copyfileobj(answer, file, 1 << 20)
except Exception as problem:
    sys.exit(str(problem))' "$1" "$2"
  elif command -v perl >/dev/null 2>&1 && [ "${1#http://}" != "$1" ]; then
    # A Debian base has no more than this.
    # shellcheck disable=SC2016
    quietly bounded 1800 perl -MIO::Socket::INET -e '
      my ($url, $file) = @ARGV;
      my ($host, $port, $path) = $url =~ m{^http://([^/:?#]+)(?::(\d+))?([^#]*)} or die "$url is not understood\n";
      my $called = $host;
      $path = "/$path" if $path !~ m{^/};
      if (defined(my $proxy = $ENV{http_proxy})) {
        $path = "http://$host" . (defined $port ? ":$port" : "") . $path;
        ($host, $port) = $proxy =~ m{^https?://([^/:]+)(?::(\d+))?} or die "the proxy $proxy is not understood\n";
      }
      my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port // 80, Timeout => 20) or die "$host: $@\n";
      print $socket "GET $path HTTP/1.0\r\nHost: $called\r\n\r\n";
      my $status = <$socket> // "";
      $status =~ m{^HTTP/\S+ 200 } or die "the server answers: $status\n";
      my $length;
      while (defined(my $line = <$socket>)) { last if $line =~ /^\r?$/; $length = $1 if $line =~ /^Content-Length:\s*(\d+)/i }
      open(my $out, ">", $file) or die "$file: $!\n";
      my $total = 0;
      while (my $count = read($socket, my $bytes, 1 << 20)) { print $out $bytes or die "$file: $!\n"; $total += $count }
      close($out) or die "$file: $!\n";
      die "it ended after $total of $length bytes\n" if defined $length && $total != $length' "$1" "$2"
  else
    printf 'this host has no curl, wget or python3' >"$OUT"
    return 1
  fi
}

# ── unpacking ────────────────────────────────────────────────────────────────────────────────────────────────────
archive_unpack() { # as archive_guard
  unpack_name=$1
  unpack_record=$(archive_record "$1")
  unpack_dir=$(archive_work)
  unpack_owner=$(id -u):$(id -g)
  unpack_sha=$2
  shift 6
  : >"$unpack_dir/selected"
  if [ "$1" = . ]; then unpack_single "$@"; else unpack_tar "$@"; fi
  unpack_twice=$(cut -d '|' -f 3 "$unpack_dir/selected" | sort | uniq -d | head -n 1)
  [ -z "$unpack_twice" ] || fail "the archive of $unpack_name gives $unpack_twice twice"
  unpack_list
}
unpack_single() { # as given
  while [ "$#" -gt 0 ]; do
    printf '%s|%s|%s\n' ../download "$3" "$2" >>"$unpack_dir/selected"
    shift 3
  done
  mkdir "$unpack_dir/tree" 2>"$OUT" || fail "cannot write to the run directory: $(last_words)"
  archive_room "$(stat -c %s "$unpack_dir/download")"
}
unpack_tar() { # MEMBER PATH MODE…
  command -v tar >/dev/null 2>&1 || fail 'this host has no tar'
  unpack_kind=$(archive_kind "$unpack_dir/download")
  command -v "$unpack_kind" >/dev/null 2>&1 || fail "the archive of $unpack_name is packed with $unpack_kind, which this host does not have"
  archive_plain "$unpack_kind" "$unpack_dir/download" | tar -tvf - >"$unpack_dir/members" 2>"$OUT" ||
    fail "the archive of $unpack_name from $archive_from is not a tar archive that can be read: $(last_words)"
  unpack_bytes=0
  : >"$unpack_dir/found"
  while read -r member_type _ member_size _ _ member_name; do
    member_name=${member_name%% -> *}
    member_name=${member_name%% link to *}
    member_plain=${member_name#./}
    case /$member_plain/ in
      //?* | */../*) fail "the archive of $unpack_name is refused: its member $member_name leads out of it" ;;
    esac
    case $member_type in [bcps]*) fail "the archive of $unpack_name is refused: its member $member_name is a device, pipe or socket" ;; esac
    select_member "$@"
  done <"$unpack_dir/members"
  while [ "$#" -gt 0 ]; do
    grep -qxF -e "$1" "$unpack_dir/found" ||
      fail "the archive of $unpack_name from $archive_from has no $1: is it the archive of another program or version? It has: $(unpack_names)"
    shift 3
  done
  archive_room "$unpack_bytes"
  mkdir "$unpack_dir/tree" 2>"$OUT" || fail "cannot write to the run directory: $(last_words)"
  # No name has a character that the shell reads.
  # shellcheck disable=SC2046
  archive_plain "$unpack_kind" "$unpack_dir/download" | tar -xf - -C "$unpack_dir/tree" -- $(cut -d '|' -f 1 "$unpack_dir/selected") 2>"$OUT" ||
    fail "the archive of $unpack_name cannot be unpacked ($(fetch_free)): $(last_words)"
}
unpack_names() { sed -n 's/^-.* //p' "$unpack_dir/members" | head -n 8 | tr '\n' ' '; }

archive_kind() { # FILE: what unpacks it
  case $(head -c 6 "$1" | od -A n -t x1 | tr -d ' \n') in
    1f8b*) printf gzip ;;
    fd377a585a00) printf xz ;;
    28b52ffd*) printf zstd ;;
    *) printf cat ;;
  esac
}
archive_plain() { # PROGRAM FILE
  case $1 in cat) cat "$2" ;; *) "$1" -dc <"$2" 2>/dev/null ;; esac
}

# Where the member of the listing goes, if it is among what was declared.
select_member() { # MEMBER PATH MODE…
  while [ "$#" -gt 0 ]; do
    select_path=
    case $1 in
      /) select_path=$2$member_plain ;;
      */) case $member_plain in "$1"?*) select_path=$2${member_plain#"$1"} ;; esac ;;
      *) [ "$member_plain" != "$1" ] || select_path=$2 ;;
    esac
    if [ -n "$select_path" ]; then select_one "$1" "$3"; fi
    shift 3
  done
}

select_one() { # MEMBER MODE: the member of the listing belongs to this one
  case $member_type in
    d*)
      [ "${1%/}" != "$1" ] || fail "$1 of the archive of $unpack_name is a directory"
      return
      ;;
    -*) ;;
    *) fail "the archive of $unpack_name is refused: its member $member_name, which belongs to $1, is a link" ;;
  esac
  case $member_name in
    -* | *[!A-Za-z0-9._+@/-]*) fail "the archive of $unpack_name is refused: nodeprep writes no file of the name $member_name" ;;
  esac
  printf '%s|%s|%s\n' "$member_name" "$2" "$select_path" >>"$unpack_dir/selected"
  printf '%s\n' "$1" >>"$unpack_dir/found"
  unpack_bytes=$((unpack_bytes + member_size))
}

# `files`: STATE|PAYLOAD|PATH of all that is to be, what the installed archive alone had being absent, the record last.
unpack_list() {
  printf 'archive %s\n' "$unpack_sha" >"$unpack_dir/record"
  sort -t '|' -k 3 "$unpack_dir/selected" >"$unpack_dir/sorted"
  : >"$unpack_dir/files"
  while IFS='|' read -r list_member list_mode list_path; do
    list_payload=tree/$list_member
    [ "$list_member" != ../download ] || list_payload=download
    if [ ! -f "$unpack_dir/$list_payload" ] || [ -L "$unpack_dir/$list_payload" ]; then fail "$list_member of the archive of $unpack_name was not unpacked"; fi
    list_sum=$(sha256sum <"$unpack_dir/$list_payload")
    list_state=file:${list_sum%% *}:$list_mode:$unpack_owner
    printf '%s|%s|%s\n' "$list_state" "$list_payload" "$list_path" >>"$unpack_dir/files"
    printf 'file %s %s\n' "$list_state" "$list_path" >>"$unpack_dir/record"
  done <"$unpack_dir/sorted"
  if [ -f "$unpack_record" ]; then
    while read -r list_word _ list_path; do
      [ "$list_word" = file ] || continue
      cut -d '|' -f 3 "$unpack_dir/files" | grep -qxF -e "$list_path" || printf 'absent|-|%s\n' "$list_path" >>"$unpack_dir/files"
    done <"$unpack_record"
  fi
  list_sum=$(sha256sum <"$unpack_dir/record")
  printf '%s|%s|%s\n' "file:${list_sum%% *}:600:$unpack_owner" record "$unpack_record" >>"$unpack_dir/files"
}

# What somebody else has put there stays: only what is absent, ours, or the very same is written.
archive_no_strangers() { # COMPONENT
  while IFS='|' read -r stranger_state _ stranger_path; do
    stranger_found=$(path_state "$stranger_path") || fail "$stranger_path cannot be read"
    case $stranger_found in absent | "$stranger_state") continue ;; esac
    [ "$stranger_path" != "$(archive_record "$1")" ] || continue
    sed -n 's/^file [^ ]* //p' "$(archive_record "$1")" 2>/dev/null | grep -qxF -e "$stranger_path" && continue
    mismatch "$stranger_path is there, is $(state_words "$stranger_found"), and nodeprep did not install it: nothing was replaced; move it away or remove what installed it, then plan again"
  done <"$(archive_work)/files"
}

# ── space ────────────────────────────────────────────────────────────────────────────────────────────────────────
free_kib() { # PATH that exists
  df -Pk "$1" 2>/dev/null | {
    read -r _
    read -r _ _ _ free_found _
    printf '%s' "${free_found:-0}"
  }
}
existing_parent() { # PATH
  existing_path=${1%/}
  while [ ! -d "$existing_path" ]; do existing_path=$(parent_of "$existing_path"); done
  printf '%s' "$existing_path"
}
# Unpacked, copied to its place, and what is replaced kept for the way back; 8 MiB are for everything else.
archive_room() { # BYTES
  room_kib=$(($1 / 1024 + 8192))
  room_backup=0
  while IFS='|' read -r _ _ room_path; do
    [ ! -f "$room_path" ] || room_backup=$((room_backup + $(stat -c %s "$room_path") / 1024))
  done <"$unpack_dir/selected"
  room_enough "$RUN" "$((room_kib + room_backup))"
  cut -d '|' -f 3 "$unpack_dir/selected" | sed 's#/[^/]*$##' | sort -u >"$unpack_dir/places"
  while read -r room_path; do
    room_path=$(existing_parent "$room_path/")
    if [ "$(stat -c %d "$room_path")" = "$(stat -c %d "$RUN")" ]; then
      room_enough "$room_path" "$((2 * room_kib + room_backup))"
    else
      room_enough "$room_path" "$room_kib"
    fi
  done <"$unpack_dir/places"
}
room_enough() { # PATH KIB
  room_free=$(free_kib "$1")
  [ "$room_free" -ge "$2" ] ||
    fail "no space for $unpack_name: $(($2 / 1024)) MiB are needed and $1 has $((room_free / 1024)) MiB free; make room there and run this again"
}

# ── in place ─────────────────────────────────────────────────────────────────────────────────────────────────────
# Each file goes its way as the kind `file` does it; its backup is in a directory of its own.
archive_backup() {
  backup_root=$BACKUP
  backup_number=0
  cp -- "$(archive_work)/files" "$backup_root/files" 2>"$OUT" || fail "cannot write to the run directory: $(last_words)"
  while IFS='|' read -r backup_after _ backup_path; do
    backup_number=$((backup_number + 1))
    BACKUP=$backup_root/$backup_number
    mkdir "$BACKUP" 2>"$OUT" || fail "cannot write to the run directory: $(last_words)"
    backup_state=$(path_state "$backup_path") || fail "$backup_path cannot be read"
    # What is already as it shall be is not written, so it needs no copy.
    [ "$backup_state" != "$backup_after" ] || backup_state=-
    file_backup "$backup_path" "$backup_state"
  done <"$backup_root/files"
}

archive_apply() {
  apply_root=$BACKUP
  apply_number=0
  # shellcheck disable=SC2034
  ROUND_DIR=$(archive_work)
  while IFS='|' read -r apply_after apply_payload apply_path; do
    apply_number=$((apply_number + 1))
    BACKUP=$apply_root/$apply_number
    [ "$(path_state "$apply_path")" = "$apply_after" ] || file_apply "$apply_path" - "$apply_after" "$apply_payload"
  done <"$apply_root/files"
}

archive_confirm() {
  while IFS='|' read -r confirm_after _ confirm_path; do
    file_confirm "$confirm_path" - "$confirm_after"
  done <"$BACKUP/files"
}

# The newest first, and on where one is stuck: the rest must come back all the same.
archive_undo() {
  undo_root=$BACKUP
  undo_number=$(wc -l <"$undo_root/files") || fail "the backup of $1 is gone"
  undo_problems=
  undo_kept=
  while [ "$undo_number" -gt 0 ]; do
    undo_line=$(sed -n "${undo_number}p" "$undo_root/files")
    undo_after=${undo_line%%|*}
    undo_path=${undo_line#*|*|}
    BACKUP=$undo_root/$((undo_number))
    if is_reset && [ -e "$BACKUP/forgotten" ]; then
      # An older run knows what was there before the first archive.
      reset_hand_down "$undo_path" "$undo_after"
    elif undo_said=$(file_undo "$undo_path" - "$undo_after"); then undo_kept=$undo_kept${undo_said:+$undo_said. }; else undo_problems=$undo_problems${undo_problems:+; }$undo_said; fi
    undo_number=$((undo_number - 1))
  done
  [ -z "$undo_problems" ] || fail "$undo_problems"
  printf '%s' "$undo_kept"
}
archive_late() { nothing; }

archive_still() {
  while IFS='|' read -r still_after _ still_path; do
    file_still "$still_path" - "$still_after"
  done <"$BACKUP/files"
}

# Staging keeps the download; a run with it unpacks it again.
archive_stage() {
  mkdir -p "$RUN/staged/archives" 2>"$OUT" || fail "no space for archives: $(last_words)"
  [ -f "$RUN/staged/archives/$2" ] || ln "$(archive_work)/download" "$RUN/staged/archives/$2" 2>"$OUT" || fail "no space for archives: $(last_words)"
}
