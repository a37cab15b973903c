# shellcheck shell=sh
# Making and trying bundles where rpm is; see collect.sh.

rpm_bundle_needs() { # ARCHITECTURE [NAME VERSION]…
  collect_begin rpm gzip base64 sha256sum
  place_files
  needs_architecture=$(uname -m)
  [ "$needs_architecture" = "$1" ] || refuse "the bundle holds packages for $1, and this host is $needs_architecture"
  shift
  while [ "$#" -gt 0 ]; do
    if ! rpm_bundle_resolve "$1" "$2"; then
      say "lacks $1 $(one_line 600 <"$OUT")"
      exit 0
    fi
    for needs_file in $BUNDLED; do
      say "need $(awk -v file="$needs_file" '$5 == file { print $1, $2; exit }' "$RUN/bundle/Packages")"
    done
    shift 2
  done
  say end
}

# From the sources of this host and those that the inventory adds, for a root on which nothing is installed.
rpm_collect_open() {
  mkdir "$RUN/repos.d" "$RUN/keys" "$RUN/rpms" "$RUN/root" "$RUN/db" 2>"$OUT" || refuse "no space in /var/tmp: $(last_words)"
  manager_at_root
  cp /etc/pki/rpm-gpg/* "$RUN/keys/" 2>/dev/null
  rpm -q gpg-pubkey --qf '%{DESCRIPTION}\n' >"$RUN/keys/known-to-rpm" 2>/dev/null
}
rpm_collect_repository() { # NAME URLS FINGERPRINT KEY-URL PAYLOAD   (KEY-URL `-`: the key is the payload)
  collect_try key_fetch "$4" "$5"
  collect_try key_accept "$3" "${4#-}"
  collect_try key_is_armour "${4#-}"
  cp "$(key_file fetched)" "$RUN/keys/$1.asc" || refuse 'no space in /var/tmp'
  collect_count=0
  for collect_url in $2; do
    collect_count=$((collect_count + 1))
    printf '[nodeprep-%s-%s]\nname=%s\nbaseurl=%s\nskip_if_unavailable=0\n' "$1" "$collect_count" "$1" "$collect_url"
  done >"$RUN/repos.d/nodeprep-$1.repo"
}
rpm_collect_update() { :; }
rpm_collect_offered() { # NAME
  collect_offers=$(manager_offers "$1") || refuse "the package sources could not be asked: $(manager_reason)"
  [ -n "$collect_offers" ]
}
rpm_collect_package() { # NAME RANGE
  collect_version=$(rpm_choice "$1" - "$2") || refuse "$collect_version"
  manager_fetch "$1" "$collect_version" "$RUN/rpms" unchecked '' || refuse "$MANAGER would not install $1 $collect_version on an empty system: $(manager_reason)"
  collect_version=
  for collect_file in "$RUN"/rpms/*.rpm; do
    case $(rpm -qp --nosignature --qf '%{NAME}' "$collect_file" 2>/dev/null) in "$1") collect_version=$(rpm -qp --nosignature --qf '%{EVR}' "$collect_file" 2>/dev/null) ;; esac
  done
  [ -n "$collect_version" ] || refuse "$1 did not come: $(manager_reason)"
  say "wanted $1 $collect_version"
}
# Signed by keys of this host or of the inventory, whatever the sources would do without.
rpm_collect_verify() {
  for collect_key in "$RUN"/keys/*; do
    [ ! -f "$collect_key" ] || quietly rpmkeys --dbpath "$RUN/db" --import "$collect_key"
  done
  for collect_file in "$RUN"/rpms/*.rpm; do
    [ -f "$collect_file" ] || continue
    rpmkeys --dbpath "$RUN/db" --checksig "$collect_file" >"$OUT" 2>&1 </dev/null && grep -q 'signatures OK$' "$OUT" ||
      refuse "${collect_file##*/} is signed by no key of this host or of the inventory: $(last_words)"
  done
}
rpm_collect_send() {
  rpm_collect_verify
  rpm_name_files "$RUN/rpms"
  say "architecture $(uname -m)"
  for collect_file in "$RUN"/rpms/*.rpm; do
    [ -f "$collect_file" ] || continue
    collect_words=$(rpm -qp --nosignature --qf '%{NAME} %{EVR} %{ARCH}' "$collect_file" 2>/dev/null)
    collect_sum=$(sha256sum <"$collect_file")
    say "package $collect_words ${collect_sum%% *} $(stat -c %s "$collect_file") ${collect_file##*/} $(rpm_head "$collect_file" | gzip -c | base64 | tr -d '\n' | base64 | tr -d '\n')"
  done
  say files
  for collect_file in "$RUN"/rpms/*.rpm; do
    [ ! -f "$collect_file" ] || cat "$collect_file"
  done
}
# Lead (96 bytes), signatures (padded to 8) and header: each of the two has 16 bytes that say how many entries of 16 bytes it has, and how
# many bytes of data follow them.
rpm_head() { # FILE
  # shellcheck disable=SC2046
  set -- "$1" $(rpm_long "$1" 104) $(rpm_long "$1" 108)
  head_at=$((96 + (16 + 16 * $2 + $3 + 7) / 8 * 8))
  # shellcheck disable=SC2046
  set -- "$1" $(rpm_long "$1" $((head_at + 8))) $(rpm_long "$1" $((head_at + 12)))
  head -c $((head_at + 16 + 16 * $2 + $3)) "$1"
}
rpm_long() { # FILE OFFSET: four bytes, the highest first
  # shellcheck disable=SC2046
  set -- $(od -A n -t u1 -j "$2" -N 4 "$1")
  printf '%s' $(((($1 * 256 + $2) * 256 + $3) * 256 + $4))
}
