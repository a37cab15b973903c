# shellcheck shell=sh disable=SC2034
# nodeprep host program: what every part of it uses. POSIX sh, busybox-class userland. See docs/adr/0005-host-program.md.
set -u
umask 077
LC_ALL=C
export LC_ALL
PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export PATH
NEWLINE='
'
# Ends a journal line that was cut short (power loss, full disk): readers skip every line with a control character in it.
TORN=$(printf '\030')

# One line of untrusted text, bounded: line breaks become \n, other control characters go, likely secrets are masked.
one_line() {
  tail -c "${1:-1500}" | tr '\r\t' '\n ' | tr -d '\000-\010\013-\037\177' | sed -e 's/\\/\\\\/g' -e 's#://[^/@ ]*@#://***@#g' \
    -e 's/\([Pp][Aa][Ss][Ss][Ww][A-Za-z]*\|[Tt][Oo][Kk][Ee][Nn]\|[Ss][Ee][Cc][Rr][Ee][Tt]\|[Aa][Uu][Tt][Hh][A-Za-z]*\)\(["'"'"' ]*[:=] *\)\([Bb]asic \|[Bb]earer \)\{0,1\}[^ ,]\{4,\}/\1\2***/g' |
    sed -e ':a' -e '$!N' -e '$!ba' -e 's/\n\n*$//' -e 's/\n/\\n/g'
}

# Flushes the given absolute paths, or everything where sync cannot do that.
sync_path() { sync "$@" 2>/dev/null || sync; }

# Seconds since boot: unlike the clock it never jumps.
uptime_seconds() {
  read -r uptime_now _ </proc/uptime
  printf '%s' "${uptime_now%%.*}"
}

nap() { sleep 0.2 2>/dev/null || sleep 1; }

# bounded SECONDS COMMAND…: the command must not outlive its time.
bounded() {
  if command -v timeout >/dev/null 2>&1; then timeout "$@"; else
    shift
    "$@"
  fi
}

file_line() { # first line of a file, empty where there is none
  file_line_text=
  { IFS= read -r file_line_text <"$1"; } 2>/dev/null
  printf '%s' "$file_line_text"
}

# Writes its input to a path: temporary name, flushed, renamed, so that no reader ever meets half of it.
write_whole() {
  cat >"$1.new" && sync_path "$1.new" && mv -f "$1.new" "$1"
}

# How the journal of a run directory ends: unfinished, or the last settle word.
journal_state() {
  # Staging changes nothing: killed in the middle of it there is nothing to settle.
  if grep -qx STAGING=yes "$1/settings" 2>/dev/null; then
    printf 'unchanged'
    return
  fi
  journal_state_word=unfinished
  [ -f "$1/journal" ] || { printf 'unfinished'; return; }
  while read -r _ _ journal_event _ journal_detail; do
    case $journal_detail in *"$TORN"*) continue ;; esac
    case $journal_event in
      settle) journal_state_word=$journal_detail ;;
      rollback) journal_state_word=unfinished ;;
    esac
  done <"$1/journal"
  printf '%s' "$journal_state_word"
}

# Steps that were armed or begun and not undone since, newest first.
open_steps() { # [RUN DIRECTORY]
  open_list=' '
  while read -r _ _ open_event open_step open_detail; do
    case $open_detail in *"$TORN"*) continue ;; esac
    case $open_event in
      begin | arm) case $open_list in *" $open_step "*) ;; *) open_list=" $open_step$open_list" ;; esac ;;
      undone | disarm)
        case $open_list in
          *" $open_step "*) open_list="${open_list%%" $open_step "*} ${open_list#*" $open_step "}" ;;
        esac
        ;;
    esac
  done <"${1:-$RUN}/journal"
  printf '%s' "$open_list"
}

# A run that takes back what all runs before it have changed (templates/host/reset.sh).
is_reset() { [ "${RESET:-no}" = yes ]; }

# For what runs in a subshell: why it fails. 1 = the host is not as planned; 2 = could not be done.
mismatch() {
  printf '%s' "$1" | one_line
  exit 1
}
fail() {
  printf '%s' "$1" | one_line
  exit 2
}
# What is not as a run left it, or is needed by others: a rollback is stuck at it, a reset leaves it as it is and says so.
leave() { # REASON
  is_reset || fail "$1"
  printf '%s' "$1" | one_line
  exit 0
}
# A command whose output matters only if it fails.
quietly() { "$@" >"$OUT" 2>&1 </dev/null; }
# A program whose errors alone matter, heard through a pipe: where SELinux is enforcing, what has a domain of its own (modprobe,
# containerd) may not write to a file of ours, and why it fails would be lost.
heard() { # COMMAND…
  heard_code=$({ { "$@" 2>&1 >/dev/null 3>&- </dev/null; printf '%s' "$?" >&3; } | cat >"$OUT"; } 3>&1)
  return "$heard_code"
}

# containerd's own client; SUSE's packages call it containerd-ctr: https://build.opensuse.org/package/view_file/openSUSE:Factory/containerd/containerd.spec
containerd_client() { command -v ctr 2>/dev/null || command -v containerd-ctr 2>/dev/null; }
containerd_answers() { [ -S "$RUN_DIR/containerd/containerd.sock" ] && containerd_client >/dev/null; }
containerd_ask() { # SECONDS NAMESPACE WORD…
  ask_client=$(containerd_client) || return 1
  ask_seconds=$1
  ask_namespace=$2
  shift 2
  bounded "$ask_seconds" "$ask_client" -a "$RUN_DIR/containerd/containerd.sock" -n "$ask_namespace" "$@"
}
last_words() { tail -n 12 "$OUT" 2>/dev/null | tail -c 1200; }

deb_in() { # DIRECTORY NAME VERSION: its file, as apt names it, and as those of rpm are named where they are staged
  deb_version=$(printf '%s' "$3" | sed -e 's/:/%3a/' -e 's/\^/%5e/g')
  for deb_file in "$1/$2_${deb_version}_"*.deb "$1/$2_${deb_version}_"*.rpm; do
    [ -f "$deb_file" ] && printf '%s' "$deb_file" && return 0
  done
  return 1
}
