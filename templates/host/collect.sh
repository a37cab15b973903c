# shellcheck shell=sh
# Sessions that make a bundle, and that ask what of one a host needs. They work in a directory of their own, which goes with them.

note() { :; }
point() { :; }

collect_begin() { # PROGRAM…
  for collect_needed in "$@"; do
    command -v "$collect_needed" >/dev/null 2>&1 || refuse "the host has no $collect_needed"
  done
  RUN=$(mktemp -d "${TMPDIR:-/var/tmp}/nodeprep.XXXXXX") || refuse 'no directory could be made in /var/tmp'
  trap 'rm -rf "$RUN"' EXIT
  trap 'exit 1' HUP INT TERM PIPE
  PLACE=$RUN
  OUT=$RUN/out
  ROUND_DIR=$RUN
  STEP=0
}
# A function that says why it fails.
collect_try() {
  collect_said=$("$@") || refuse "${collect_said:-$(last_words)}"
}

# ── what of a bundle does this host need ─────────────────────────────────────────────────────────────────────────
bundle_needs() { # ARCHITECTURE [NAME VERSION]…
  collect_begin apt-get dpkg-deb sha256sum base64
  place_files
  needs_architecture=$(dpkg --print-architecture)
  [ "$needs_architecture" = "$1" ] || refuse "the bundle holds packages for $1, and this host is $needs_architecture"
  shift
  bundle_use
  update_lists || refuse "apt cannot read the index of the bundle: $(apt_reason)"
  while [ "$#" -gt 0 ]; do
    if ! needs_transaction=$(package_transaction "$1" "$2"); then
      needs_said=$(sed -n 's/^ *\([^ ]* : .*\(Depends\|Breaks\|Conflicts\): .*\)$/\1/p' "$OUT" | head -n 6)
      say "lacks $1 $(printf '%s' "${needs_said:-$(apt_reason)}" | one_line 600)"
      exit 0
    fi
    printf '%s\n' "$needs_transaction" | while IFS='|' read -r needs_name _ needs_new; do
      [ -z "$needs_name" ] || say "need $needs_name $needs_new"
    done
    shift 2
  done
  say end
}

# ── making ───────────────────────────────────────────────────────────────────────────────────────────────────────
# From the sources of this host and those that the inventory adds, for a root on which nothing is installed.
collect_open() {
  mkdir "$RUN/sources.d" "$RUN/keys" "$RUN/lists" "$RUN/debs" 2>"$OUT" || refuse "no space in /var/tmp: $(last_words)"
  cp -a "$APT_LISTS/." "$RUN/lists/" 2>/dev/null
  rm -rf "$RUN/lists/lock" "$RUN/lists/partial"
  mkdir -p "$RUN/lists/partial"
  cp /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources "$RUN/sources.d/" 2>/dev/null
  : >"$RUN/status"
  {
    apt_settings /etc/apt/sources.list "$RUN/sources.d" "$RUN/lists"
    printf 'Dir::State::status "%s";\nDir::State::extended_states "%s";\n' "$RUN/status" "$RUN/extended"
  } >"$RUN/apt.conf"
}
collect_repository() { # NAME URL SUITE COMPONENTS FINGERPRINT KEY-URL PAYLOAD   (KEY-URL `-`: the key is the payload)
  # Two keys for one suite are an error for apt: what is there counts.
  if grep -qsF -e "${2%/}" /etc/apt/sources.list "$RUN/sources.d"/*; then return 0; fi
  collect_try key_fetch "$6" "$7"
  collect_try key_accept "$5" "${6#-}"
  cp "$(key_file binary)" "$RUN/keys/$1.gpg" || refuse 'no space in /var/tmp'
  {
    printf 'Types: deb\nURIs: %s\nSuites: %s\n' "$2" "$3"
    [ -z "$4" ] || printf 'Components: %s\n' "$4"
    printf 'Signed-By: %s\n' "$RUN/keys/$1.gpg"
  } >"$RUN/sources.d/nodeprep-$1.sources"
}
collect_update() {
  APT_CONFIG=$RUN/apt.conf
  export APT_CONFIG
  update_lists -o APT::Update::Error-Mode=any || refuse "the package lists could not be read: $(apt_reason)"
}
collect_offered() { # NAME
  (package_choice "$1" - -) >/dev/null
}
collect_package() { # NAME RANGE
  collect_version=$(package_choice "$1" - "$2") || refuse "$collect_version"
  apt_simulate "$1" "$collect_version" >"$RUN/transaction" || refuse "apt would not install $1 $collect_version on an empty system: $(apt_reason)"
  collect_try package_fetch_new "$1" "$collect_version" "$RUN/transaction" "$RUN/debs"
  say "wanted $1 $collect_version"
}
# Each with what the signed lists say of it, then the files themselves one after the other.
collect_send() {
  say architecture "$(dpkg --print-architecture)"
  for collect_file in "$RUN"/debs/*.deb; do
    [ -f "$collect_file" ] || continue
    # shellcheck disable=SC2016
    collect_words=$(dpkg-deb --show --showformat '${Package} ${Version} ${Architecture}' "$collect_file")
    collect_name=${collect_words%% *}
    collect_version=${collect_words#* }
    collect_version=${collect_version% *}
    apt-cache show --no-all-versions "$collect_name=$collect_version" 2>"$OUT" | sed -e '/^$/,$d' -e '/^Filename: /d' >"$RUN/stanza"
    collect_sum=$(sha256sum <"$collect_file")
    [ "$(sed -n 's/^SHA256: //p' "$RUN/stanza")" = "${collect_sum%% *}" ] ||
      refuse "$collect_name $collect_version came with another sha256 than the package lists say"
    say "package $collect_words ${collect_sum%% *} $(stat -c %s "$collect_file") ${collect_file##*/} $(base64 <"$RUN/stanza" | tr -d '\n')"
  done
  say files
  for collect_file in "$RUN"/debs/*.deb; do
    [ ! -f "$collect_file" ] || cat "$collect_file"
  done
}
