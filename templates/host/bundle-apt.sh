# shellcheck shell=sh
# A run with a bundle has RUN/bundle/Packages, an index of packages that the control side has: apt sees these and no other source, and
# their files come to BASE/incoming/SHA256 as archives do, those that this host needs.

is_bundled() { [ -f "$RUN/bundle/Packages" ]; }

# For every apt of this process: the directory as the only source, and the caches of the host left alone.
bundle_use() {
  is_bundled || return 0
  mkdir -p "$RUN/bundle/lists/partial"
  printf 'deb [trusted=yes] file:%s/bundle ./\n' "$RUN" >"$RUN/bundle/sources.list"
  apt_settings "$RUN/bundle/sources.list" - "$RUN/bundle/lists" >"$RUN/bundle/apt.conf"
  APT_CONFIG=$RUN/bundle/apt.conf
  export APT_CONFIG
}
apt_settings() { # SOURCES PARTS LISTS
  printf 'Dir::Etc::sourcelist "%s";\nDir::Etc::sourceparts "%s";\nDir::State::lists "%s";\n' "$1" "$2" "$3"
  printf 'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\nAPT::Sandbox::User "root";\n'
}

# Reads the index, and puts what has come where the index says it is.
bundle_open() {
  if [ ! -f "$RUN/bundle/open" ]; then
    update_lists || fail "apt cannot read the index of the bundle: $(apt_reason)"
    : >"$RUN/bundle/open"
  fi
  sed -n 's/^Filename: //p; s/^SHA256: //p' "$RUN/bundle/Packages" | while read -r open_file && read -r open_sum; do
    if [ -f "$RUN/bundle/$open_file" ] || [ ! -f "$BASE/incoming/$open_sum" ]; then continue; fi
    [ "$(sha256sum <"$BASE/incoming/$open_sum" | cut -c 1-64)" = "$open_sum" ] || mismatch "${open_file#./} of the bundle did not come as it was sent"
    ln "$BASE/incoming/$open_sum" "$RUN/bundle/$open_file" 2>/dev/null || cp -- "$BASE/incoming/$open_sum" "$RUN/bundle/$open_file" 2>"$OUT" ||
      fail "no space for packages: $(last_words)"
  done
}
package_as_bundled() { # TRANSACTION
  is_bundled || return 0
  while IFS='|' read -r bundled_name _ bundled_new; do
    deb_in "$RUN/bundle" "$bundled_name" "$bundled_new" >/dev/null || mismatch "$bundled_name $bundled_new has not come from the bundle: what this host needs has changed since it was looked at"
  done <<TRANSACTION
$1
TRANSACTION
}
