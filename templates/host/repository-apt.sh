# shellcheck shell=sh
# Kinds `repository-key`: repository_key_ACTION PATH BEFORE FINGERPRINT URL PAYLOAD PROXY   (URL `-`: the key is the payload; PROXY as in
# archive.sh, `-`: that of the package manager)
# and `package-lists`: package_lists_ACTION SOURCES
# A key is fetched and looked at while guards run: apt trusts nothing before its fingerprint is the one that was asked for.

repository_key_guard() {
  file_guard "$1" "$2"
  guard_said=$(key_fetch "$4" "$5" "$6") || {
    guard_code=$?
    # This round gives the package manager a proxy, say: then the step itself fetches.
    if grep -qF -e ' /etc/apt/apt.conf' -e "'/etc/apt/apt.conf" "$ROUND_DIR/steps"; then return 0; fi
    printf '%s' "$guard_said"
    exit "$guard_code"
  }
  key_accept "$3" "${4#-}"
  : >"$(key_file accepted)"
}
repository_key_now() {
  file_guard "$1" "$2"
  [ ! -f "$(key_file accepted)" ] || return 0
  key_fetch "$4" "$5" "$6"
  key_accept "$3" "${4#-}"
}
repository_key_backup() { file_backup "$1" "$2"; }
repository_key_apply() { key_place "$1" binary; }
key_place() { # PATH binary|fetched
  key_tmp=$(staged_name "$1")
  rm -f -- "$key_tmp"
  make_parents "$1"
  cat "$(key_file "$2")" 2>"$OUT" >"$key_tmp" || file_drop "$key_tmp"
  { chown 0:0 "$key_tmp" && chmod 644 "$key_tmp"; } 2>"$OUT" || file_drop "$key_tmp"
  file_label "$key_tmp" "$1"
  path_state "$key_tmp" >"$BACKUP/after" || fail "$key_tmp cannot be read"
  sync_path "$BACKUP/after"
  point
  file_live "$key_tmp" "$1"
}
repository_key_confirm() {
  key_found=$(path_state "$1")
  [ "$key_found" = "$(file_line "$BACKUP/after")" ] || fail "$1 is $(state_words "$key_found") after it was written"
}
repository_key_undo() { file_undo "$1" "$2" "$(file_line "$BACKUP/after")"; }
repository_key_late() { nothing; }
repository_key_still() {
  newest_on file "$1" || return 0
  key_found=$(path_state "$1") || fail "$1 cannot be read"
  [ "$key_found" = "$(file_line "$BACKUP/after")" ] || mismatch "$1 has been changed since this run wrote it: found $(state_words "$key_found")"
}

key_file() { printf '%s/key-%s-%s' "$RUN" "$STEP" "$1"; } # fetched, binary, accepted

APT_HELPER=/usr/lib/apt/apt-helper
# apt's own downloader: its proxies and certificates are those that the packages come through. Others have none; the proxy of the
# inventory is used, else theirs.
key_download() { # URL FILE PROXY
  if [ -x "$APT_HELPER" ]; then
    bounded 120 "$APT_HELPER" -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::http::Timeout=30 \
      download-file "$1" "$2" >"$OUT" 2>&1 </dev/null
    return
  fi
  # In its environment: what is among a program's words can be read by every user of the host, a password of a proxy too.
  download_own=${MANAGER:+$(manager_proxy "$1")}
  if [ "$3" != - ] || [ -z "$download_own" ]; then fetch_url "$1" "$2" "$3"; else fetch_url "$1" "$2" "$download_own|$download_own|"; fi
}
key_fetch() { # URL PAYLOAD [PROXY]
  if [ "$1" = - ]; then
    cp -- "$ROUND_DIR/$2" "$(key_file fetched)" 2>"$OUT" || fail "cannot write to the run directory: $(last_words)"
  else
    rm -f "$(key_file fetched)"
    key_download "$1" "$(key_file fetched)" "${3:--}" || fail "the key of the repository could not be fetched from $1$(proxy_words "${3:--}"): $(apt_reason)"
  fi
  [ "$(wc -c <"$(key_file fetched)")" -le 262144 ] || mismatch "what is at $1 is larger than any key: $(wc -c <"$(key_file fetched)") bytes"
  key_dearmor <"$(key_file fetched)" >"$(key_file binary)" 2>"$OUT" || mismatch "what came${1:+ from $1} is no OpenPGP key"
}
key_dearmor() { # ASCII armour or binary → binary
  if ! grep -q -e '^-----BEGIN PGP PUBLIC KEY BLOCK-----' "$(key_file fetched)"; then
    cat
    return
  fi
  # Each block on its own: headers up to an empty line, base64, and a checksum after `=`.
  tr -d '\r' | awk '/^-----BEGIN PGP/ { inside = 1; body = 0; next } /^-----END PGP/ { inside = 0; print ""; next }
    inside && !body && /^[[:space:]]*$/ { body = 1; next } inside && !body && !/:/ { body = 1 }
    inside && body && !/^=/ { printf "%s", $0 }' | while IFS= read -r dearmor_line; do
    printf '%s' "$dearmor_line" | base64 -d || exit 1
  done
}

key_accept() { # FINGERPRINT URL
  accept_where=${2:+ from $2}
  accept_facts=$(key_facts) || mismatch "what came$accept_where is no OpenPGP key"
  accept_found=
  while read -r accept_word accept_fingerprint _; do
    [ "$accept_word" = key ] && accept_found="$accept_found $accept_fingerprint"
  done <<KEYS
$accept_facts
KEYS
  accept_found=${accept_found# }
  case $accept_found in
    "$1") ;;
    '') mismatch "what came$accept_where is no OpenPGP key; expected the key $1" ;;
    *' '*) mismatch "what came$accept_where holds several keys ($accept_found); expected $1 and no other" ;;
    *) mismatch "the key$accept_where is $accept_found; expected $1. If upstream has changed its key, make sure of it there and set runtime.repository.fingerprint" ;;
  esac
  accept_end=$(printf '%s\n' "$accept_facts" | sed -n 's/^expires //p')
  [ -z "$accept_end" ] || [ "$accept_end" -gt "$(date +%s)" ] ||
    mismatch "the key $1$accept_where expired on $(date -u -d "@$accept_end" '+%Y-%m-%d' 2>/dev/null || printf '%s' "$accept_end"), so nothing that it signs would be accepted"
}

# `key FINGERPRINT` for each primary key of the keyring and `expires EPOCH`, as RFC 4880 has them: packets of tag 6 are primary keys,
# 14 subkeys, 2 signatures, of which those over the key or its names tell its lifetime (subpacket 9); the newest (subpacket 2) counts.
key_facts() {
  key_packets=$(od -An -v -tu1 "$(key_file binary)" | awk '
    function u16(i) { return b[i] * 256 + b[i + 1] }
    function u32(i) { return u16(i) * 65536 + u16(i + 2) }
    function sized(i) { # sets start and size of what a length at i announces
      if (b[i] < 192) { start = i + 1; size = b[i] }
      else if (b[i] < 224) { start = i + 2; size = (b[i] - 192) * 256 + b[i + 1] + 192 }
      else if (b[i] == 255) { start = i + 5; size = u32(i + 1) }
      else bad = 1
    }
    function signature(s,    i, end, at, life, kind) {
      if (b[s] != 4 || !((b[s + 1] >= 16 && b[s + 1] <= 19) || b[s + 1] == 31)) return
      end = s + 6 + u16(s + 4)
      for (i = s + 6; i < end; i = start + size) {
        sized(i)
        if (bad || size == 0) return
        kind = b[start] % 128
        if (kind == 2 && size == 5) at = u32(start + 1)
        if (kind == 9 && size == 5) life = u32(start + 1)
      }
      if (at >= newest) { newest = at; lifetime = life }
    }
    { for (i = 1; i <= NF; i++) b[n++] = $i }
    END {
      for (p = 0; p < n; p = start + size) {
        if (b[p] < 128) { bad = 1; break }
        if (b[p] >= 192) { tag = b[p] - 192; sized(p + 1) }
        else {
          tag = int((b[p] - 128) / 4)
          width = b[p] % 4
          if (width == 0) { size = b[p + 1]; start = p + 2 }
          else if (width == 1) { size = u16(p + 1); start = p + 3 }
          else if (width == 2) { size = u32(p + 1); start = p + 5 }
          else bad = 1
        }
        if (bad || start + size > n) { bad = 1; break }
        if (tag == 6) { if (b[start] != 4) { bad = 1; break }; made = u32(start + 1); primary = 1; print "packet", start, size; here = start; bytes = size }
        else if (tag == 14) primary = 0
        else if (tag == 2 && primary) { s = start; l = size; signature(s); start = s; size = l; bad = 0 }
      }
      if (bad || n == 0) exit 1
      if (lifetime > 0) printf "expires %.0f\n", made + lifetime
    }') || return 1
  printf '%s\n' "$key_packets" | while read -r facts_word facts_start facts_size; do
    case $facts_word in
      packet) printf 'key %s\n' "$(key_fingerprint "$facts_start" "$facts_size")" ;;
      expires) printf 'expires %s\n' "$facts_start" ;;
    esac
  done
}
key_fingerprint() { # START SIZE
  # shellcheck disable=SC2059
  {
    printf '\231'
    printf "\\$(printf '%03o' $(($2 / 256)))\\$(printf '%03o' $(($2 % 256)))"
    tail -c "+$(($1 + 1))" "$(key_file binary)" | head -c "$2"
  } | sha1sum | cut -c 1-40 | tr 'a-f' 'A-F'
}

package_lists_guard() { nothing; }
package_lists_now() { nothing; }
package_lists_backup() { list_names >"$BACKUP/before" || fail "$APT_LISTS cannot be read"; }
list_names() { find "$APT_LISTS" -maxdepth 1 -type f ! -name lock | sort; }
package_lists_apply() {
  lists_old=no
  if lists_are_old; then lists_old=yes; fi
  wait_for_dpkg
  # Of these sources alone: what other sources have to say must not fail this.
  update_lists -o Dir::Etc::sourcelist="$1" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any ||
    fail "apt does not accept the repository of $1: $(apt_reason)$(mirror_words "$1")"
  point
  # Before others come.
  package_lists_added | write_whole "$BACKUP/added"
  # It looked for news of these alone, and has touched what says when it did that.
  if [ "$lists_old" = yes ]; then
    note 'refreshes the package lists'
    update_lists || fail "the package lists could not be refreshed: $(apt_reason)"
    : >"$RUN/lists-fresh"
  fi
}
mirror_words() { # SOURCES: what to do about a mirror that does not have it all
  mirror_named=$(sed -n '1s/^# nodeprep apply has put this mirror .*: //p' "$1" 2>/dev/null)
  [ -z "$mirror_named" ] || printf '. Look with a browser what is below %s: docs/adr/0017 says how a mirror is laid out; name another one with packageMirror, or leave it out' "$mirror_named"
}
package_lists_added() { list_names | grep -vxF -f "$BACKUP/before"; }
package_lists_confirm() {
  confirm_targets=$(apt-get indextargets -o Dir::Etc::sourcelist="$1" -o Dir::Etc::sourceparts=- --format '$(FILENAME)' 'Created-By: Packages' 2>"$OUT")
  for confirm_target in $confirm_targets; do
    for confirm_list in "$confirm_target"*; do
      [ ! -e "$confirm_list" ] || return 0
    done
  done
  fail "apt has no package list of the repository in $1 after an update: $(apt_reason)"
}
package_lists_undo() {
  wait_for_dpkg
  if [ -f "$BACKUP/added" ]; then cat "$BACKUP/added"; else package_lists_added; fi | while IFS= read -r lists_file; do
    case $lists_file in "$APT_LISTS"/*) rm -f -- "$lists_file" ;; esac
  done
}
package_lists_late() { nothing; }
package_lists_still() { nothing; }
