# shellcheck shell=sh
# Kind `file`: file_ACTION PATH BEFORE AFTER PAYLOAD [VALIDATE…]
# BEFORE and AFTER are states as path_state prints them. The new content is complete, checked and flushed under a temporary
# name in the same directory before a rename makes it live, so the path is always as before or as after.

path_state() {
  if [ -L "$1" ]; then
    path_link=$(readlink -- "$1" && printf x) || return 1
    path_link=${path_link%x}
    printf 'symlink:%s' "${path_link%"$NEWLINE"}"
  elif [ -f "$1" ]; then
    path_sum=$(sha256sum <"$1") || return 1
    printf 'file:%s:%s' "${path_sum%% *}" "$(stat -c '%a:%u:%g' -- "$1")"
  elif [ -d "$1" ]; then
    printf 'directory:%s' "$(stat -c '%a:%u:%g' -- "$1")"
  elif [ -e "$1" ]; then
    printf 'other:%s' "$(stat -c '%F' -- "$1")"
  else
    printf 'absent'
  fi
}

# file:SHA:MODE:UID:GID → words for people
state_words() {
  case $1 in
    file:*)
      words_rest=${1#file:}
      words_sum=${words_rest%%:*}
      words_rest=${words_rest#*:}
      words_mode=${words_rest%%:*}
      printf 'a file (sha256 %.12s…, mode %s, owner %s)' "$words_sum" "$words_mode" "${words_rest#*:}"
      ;;
    directory:*) printf 'a directory (mode %s)' "${1#directory:}" ;;
    symlink:*) printf 'a link to %s' "${1#symlink:}" ;;
    other:*) printf 'a %s' "${1#other:}" ;;
    *) printf 'absent' ;;
  esac
}

parent_of() {
  parent_path=${1%/*}
  printf '%s' "${parent_path:-/}"
}
# A name that is ours alone, beside the target.
staged_name() { printf '%s/.nodeprep-%s-%s' "$(parent_of "$1")" "$RUN_ID" "$STEP"; }

# Creates missing parents, the topmost of them noted first, so that undo takes away exactly these.
make_parents() { # PATH
  parents_missing=$(parent_of "$1")
  [ ! -d "$parents_missing" ] || return 0
  parents_top=$(missing_top "$1")
  (umask 022 && mkdir -p "$parents_missing") 2>"$OUT" || fail "cannot create $parents_missing: $(last_words)"
  label_made "$parents_top"
}
missing_top() { # PATH: the topmost of its parents that is not there
  top_path=$(parent_of "$1")
  top_found=
  while [ ! -d "$top_path" ]; do
    top_found=$top_path
    top_path=$(parent_of "$top_path")
  done
  printf '%s' "$top_found"
}
note_parents() { missing_top "$1" >"$BACKUP/parents"; } # PATH
remove_parents() { # PATH
  [ -s "$BACKUP/parents" ] || return 0
  parents_top=$(cat "$BACKUP/parents" && printf x)
  parents_top=${parents_top%x}
  parents_path=$(parent_of "$1")
  while [ "$parents_path" != "$(parent_of "$parents_top")" ]; do
    [ -d "$parents_path" ] || { parents_path=$(parent_of "$parents_path"); continue; }
    rmdir "$parents_path" 2>/dev/null || return 0
    parents_path=$(parent_of "$parents_path")
  done
}

selinux_on() { [ -e /sys/fs/selinux/enforce ] && command -v chcon >/dev/null 2>&1; }
# What is made takes the label of the directory it is in; policies have others for some, such as /opt/cni/bin.
label_made() { # DIRECTORY that was not there before
  if selinux_on && command -v restorecon >/dev/null 2>&1; then restorecon -R "$1" >/dev/null 2>&1 </dev/null; fi
  return 0
}
label_as_before() { # PATH
  if [ -s "$BACKUP/label" ] && selinux_on; then chcon -h -- "$(cat "$BACKUP/label")" "$1" 2>/dev/null; fi
  return 0
}

file_guard() {
  file_found=$(path_state "$1") || fail "$1 cannot be read"
  [ "$file_found" = "$2" ] || mismatch "$1 has changed since the plan: planned against $(state_words "$2"), found $(state_words "$file_found")"
}
file_now() { file_guard "$@"; }

file_backup() {
  path_state "$1" >"$BACKUP/state" || fail "$1 cannot be read"
  note_parents "$1" || fail 'cannot write to the run directory'
  case $2 in
    file:* | symlink:*) if selinux_on; then stat -c '%C' -- "$1" >"$BACKUP/label" 2>/dev/null || rm -f "$BACKUP/label"; fi ;;
  esac
  case $2 in
    file:*)
      cp -a -- "$1" "$BACKUP/object" 2>"$OUT" || fail "$(last_words)"
      # The copy must be the very content that was planned against, also if somebody writes right now.
      [ "$(path_state "$BACKUP/object")" = "$2" ] || fail "$1 changed while it was copied"
      ;;
  esac
}

file_apply() {
  file_path=$1 file_after=$3 file_payload=$ROUND_DIR/$4
  shift 4
  file_tmp=$(staged_name "$file_path")
  rm -f -- "$file_tmp"
  case $file_after in
    absent)
      rm -f -- "$file_path" 2>"$OUT" || fail "cannot remove $file_path: $(last_words)"
      point
      sync_path "$(parent_of "$file_path")"
      return
      ;;
    symlink:*)
      make_parents "$file_path"
      ln -s -- "${file_after#symlink:}" "$file_tmp" 2>"$OUT" || fail "cannot create a link beside $file_path: $(last_words)"
      file_label "$file_tmp" "$file_path"
      ;;
    file:*)
      make_parents "$file_path"
      # From a copy of what is there, so that extended attributes and access lists stay.
      if [ -f "$file_path" ] && [ ! -L "$file_path" ]; then cp -a -- "$file_path" "$file_tmp" 2>"$OUT" || file_drop "$file_tmp"; fi
      cat "$file_payload" 2>"$OUT" >"$file_tmp" || file_drop "$file_tmp"
      file_owner=${file_after#file:*:*:}
      file_mode=${file_after#file:*:}
      chown "$file_owner" "$file_tmp" 2>"$OUT" || file_drop "$file_tmp"
      chmod "${file_mode%%:*}" "$file_tmp" 2>"$OUT" || file_drop "$file_tmp"
      file_label "$file_tmp" "$file_path"
      ;;
  esac
  point
  if [ "$#" -gt 0 ]; then file_validate "$file_path" "$file_tmp" "$@"; fi
  file_live "$file_tmp" "$file_path"
}

file_drop() { # TEMPORARY: could not be written
  file_reason=$(last_words)
  rm -f -- "$1"
  fail "cannot write $1: $file_reason"
}

file_label() { # TEMPORARY PATH
  if [ -s "$BACKUP/label" ]; then
    label_as_before "$1"
  elif selinux_on && command -v matchpathcon >/dev/null 2>&1; then
    chcon -h -- "$(matchpathcon -n "$2")" "$1" 2>/dev/null
  fi
  return 0
}

# Asks the program that will read the file; only its errors are told, its output may hold secrets.
file_validate() { # PATH TEMPORARY COMMAND…
  validate_path=$1 validate_tmp=$2
  shift 2
  case $1.$2 in sh.-c) validate_name=$4 ;; *) validate_name=$1 ;; esac
  validate_count=$#
  while [ "$validate_count" -gt 0 ]; do
    validate_word=$1
    shift
    case $validate_word in *'{}'*) validate_word=${validate_word%%'{}'*}$validate_tmp${validate_word#*'{}'} ;; esac
    set -- "$@" "$validate_word"
    validate_count=$((validate_count - 1))
  done
  heard bounded 60 "$@" && return
  validate_code=$?
  rm -f -- "$validate_tmp"
  fail "$validate_name does not accept the new $validate_path (exit $validate_code): $(last_words)"
}

# Makes the staged object live. mv into a directory would move into it: a link to one goes first.
file_live() { # TEMPORARY PATH
  case $(path_state "$1") in file:*) sync_path "$1" ;; esac
  if [ -L "$2" ] && [ -d "$2" ]; then rm -f -- "$2"; fi
  if [ -d "$2" ]; then
    rm -f -- "$1"
    fail "$2 is a directory"
  fi
  mv -f -- "$1" "$2" 2>"$OUT" || file_drop "$1"
  point
  sync_path "$(parent_of "$2")"
}

file_confirm() {
  file_found=$(path_state "$1")
  [ "$file_found" = "$3" ] || fail "$1 is $(state_words "$file_found") after it was written, expected $(state_words "$3")"
}

file_undo() {
  file_path=$1
  file_tmp=$(staged_name "$1")
  rm -f -- "$file_tmp"
  file_was=$(cat "$BACKUP/state" && printf x) || fail "the backup of $1 is gone"
  file_was=${file_was%x}
  file_found=$(path_state "$1") || fail "$1 cannot be read"
  if [ "$file_found" != "$file_was" ]; then
    # A link to a directory goes before its successor comes: absent is then a state between the two.
    if [ "$file_found" != "$3" ] && [ "$file_found" != absent ] && ! reset_ours "$1" "$file_found"; then
      file_leave "$1" "$file_was"
    fi
    file_restore "$1" "$file_was" "$file_tmp"
    file_found=$(path_state "$1")
    [ "$file_found" = "$file_was" ] || fail "$1 is $(state_words "$file_found"), was $(state_words "$file_was")"
  fi
  [ "$file_was" != absent ] || remove_parents "$1"
}

file_leave() { # PATH STATE
  leave_before=$BACKUP/object
  if is_reset && [ -f "$leave_before" ]; then
    # The backup goes with its run.
    leave_before=$RUN/kept/$(printf '%s' "${BACKUP#"$RUN/backup/"}" | tr / -)
    { mkdir -p "$RUN/kept" && cp -a -- "$BACKUP/object" "$leave_before"; } 2>"$OUT" || fail "what $1 was before cannot be kept: $(last_words)"
  fi
  case $2 in file:*) ;; *) leave_before=$(state_words "$2") ;; esac
  leave "$1 was changed by somebody else since $(by_whom) wrote it: left as it is; as it was before: $leave_before"
}
by_whom() { if is_reset; then printf nodeprep; else printf 'this run'; fi; }

file_restore() { # PATH STATE TEMPORARY
  case $2 in
    absent)
      rm -f -- "$1" 2>"$OUT" || fail "cannot remove $1: $(last_words)"
      point
      sync_path "$(parent_of "$1")"
      ;;
    symlink:*)
      ln -s -- "${2#symlink:}" "$3" 2>"$OUT" || fail "cannot restore the link $1: $(last_words)"
      label_as_before "$3"
      file_live "$3" "$1"
      ;;
    file:*)
      make_parents "$1"
      if ! cp -a -- "$BACKUP/object" "$3" 2>"$OUT"; then
        # Disk full: the reserve is for this.
        rm -f "$RUN/reserve"
        cp -a -- "$BACKUP/object" "$3" 2>"$OUT" || file_drop "$3"
      fi
      point
      label_as_before "$3"
      file_live "$3" "$1"
      ;;
    *) fail "$1 was $(state_words "$2"), which cannot be restored" ;;
  esac
}

file_late() { nothing; }

file_still() {
  newest_on file "$1" || return 0
  file_found=$(path_state "$1") || fail "$1 cannot be read"
  [ "$file_found" = "$3" ] || mismatch "$1 has been changed since this run wrote it: left $(state_words "$3"), found $(state_words "$file_found")"
}
