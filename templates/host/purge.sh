# shellcheck shell=sh
# Removes what a runtime that serves no more has kept: purge_data OWNER PATH…   (containerd, docker, crio)
# Only what such a runtime makes goes; what else lies in the directory, and a directory that is a link, a mount point or not empty then,
# stays. A directory that something runs from, or that something is mounted in, is not touched at all. Cut in the middle it is done again.
# BASE/purged: `PATH RUN EPOCH` of each, written before anything goes, so that a rollback can say what does not come back.

purge_data() { # OWNER PATH…
  open_base
  claim "$RUN_ID" "$HOLDER"
  purge_unfinished=$(unfinished_runs)
  if [ -n "$purge_unfinished" ]; then
    lock_release "$RUN_ID"
    say "unfinished $purge_unfinished"
    return
  fi
  while [ "$#" -gt 0 ]; do
    purge_reason=$(purge_bar "$1" "$2")
    if [ -n "$purge_reason" ]; then say "kept $2 $purge_reason"; else purge_one "$1" "$2"; fi
    shift 2
  done
  lock_release "$RUN_ID"
  say end
}

purge_units() { # OWNER
  case $1 in
    containerd) printf containerd.service ;;
    docker) printf 'docker.service docker.socket cri-docker.service cri-docker.socket' ;;
    crio) printf crio.service ;;
  esac
}
purge_names() { # OWNER: what it makes in its directory, as patterns
  case $1 in
    containerd) printf '%s\n' 'io.containerd.*' tmpmounts ;;
    docker) printf '%s\n' buildkit builder containerd containers engine-id image network nuke-graph-directory.sh overlay2 plugins rootfs runtimes swarm tmp trust vfs volumes ;;
    crio) printf '%s\n' 'overlay' 'overlay-*' 'vfs' 'vfs-*' mounts storage.lock userns.lock tmp cache libpod defaultNetworkBackend ;;
  esac
}
# CRI-O's store is below the directory that it shares with others' files, where nothing says otherwise.
purge_root() { # OWNER PATH
  purge_path=$(readlink -f -- "$2") || return 1
  if [ "$1" = crio ] && [ -d "$purge_path/storage" ]; then purge_path=$purge_path/storage; fi
  printf '%s' "$purge_path"
}

purge_bar() { # OWNER PATH: why it stays
  if [ ! -d "$2" ]; then
    printf 'is not there any more'
    return
  fi
  for purge_unit in $(purge_units "$1"); do
    case $(systemctl show -p ActiveState --value "$purge_unit" 2>/dev/null) in
      inactive | failed | '') ;;
      *)
        printf '%s runs' "$purge_unit"
        return
        ;;
    esac
  done
  purge_real=$(purge_root "$1" "$2")
  purge_mount=$(while read -r _ _ _ _ mount_point _; do
    case $mount_point in "$purge_real"/*) printf '%s\n' "$mount_point" ;; esac
  done </proc/self/mountinfo | head -n 1)
  if [ -n "$purge_mount" ]; then
    printf '%s is mounted in it' "$purge_mount"
    return
  fi
  case $1 in
    containerd)
      purge_task "$RUN_DIR"/containerd/io.containerd.runtime.v*/*/*/ && return
      ;;
    docker)
      # With live-restore they outlive their engine.
      purge_task "$RUN_DIR"/containerd/io.containerd.runtime.v*/moby/*/ && return
      for purge_volume in "$purge_real"/volumes/*/; do
        purge_volume=${purge_volume%/}
        purge_volume=${purge_volume##*/}
        # Docker's own names, of volumes that nobody has named, are 64 digits.
        case ${#purge_volume}.$purge_volume in '1.*') ;; 64.*[!0-9a-f]*) purge_named=$purge_volume ;; 64.*) ;; *) purge_named=$purge_volume ;; esac
      done
      [ -z "${purge_named:-}" ] || { printf 'it holds the volume %s: keep a copy of what is wanted of it, and remove it' "$purge_named"; return; }
      ;;
    crio)
      for purge_program in podman buildah; do
        ! command -v "$purge_program" >/dev/null 2>&1 || { printf '%s keeps its images and containers there too' "$purge_program"; return; }
      done
      ;;
  esac
}

purge_task() { # DIRECTORY…: says which of them is there
  for task_dir do
    [ ! -d "$task_dir" ] || { printf 'a container runs from it: %s' "${task_dir%/}"; return 0; }
  done
  return 1
}

purge_one() { # OWNER PATH
  purge_real=$(purge_root "$1" "$2")
  case $purge_real in /?*/?*) ;; *) say "kept $2 it is no directory for one runtime alone"; return ;; esac
  { cat "$BASE/purged" 2>/dev/null; printf '%s %s %s\n' "$2" "$RUN_ID" "$(date +%s)"; } | write_whole "$BASE/purged" || { say "kept $2 the run directory cannot be written to"; return; }
  set -f
  for purge_name in $(purge_names "$1"); do
    # Below the directory itself only, and links as links.
    find "$purge_real" -xdev -mindepth 1 -maxdepth 1 -name "$purge_name" -exec rm -rf -- {} + 2>/dev/null
  done
  set +f
  purge_left=$(find "$purge_real" -mindepth 1 -maxdepth 1 2>/dev/null | head -n 5 | sed 's#.*/##' | tr '\n' ' ' | one_line 300)
  # Not where a link leads, and not a mount point.
  case $purge_left.$purge_real in ".$2" | ".$2/storage") rmdir -- "$purge_real" 2>/dev/null ;; esac
  say "purged $2 $purge_left"
}
