# shellcheck shell=sh
# Kind `image`: image_ACTION COMPONENT SHA256 URL IMAGE LOADER PROXY   (the first three and PROXY as in archive.sh; LOADER: ctr, containers-storage, docker)
# The guard fetches the archive, as archive.sh does it, and looks for IMAGE among its names; it is loaded into the running runtime. Undone
# by removing what came: names of the archive that were not there before, and what the runtime itself calls the same image.

IMAGE_STORE=/var/lib/containers/storage

image_guard() {
  archive_from=$3
  [ "$3" != - ] || archive_from='the file of the inventory'
  image_tool "$5"
  archive_fetch "$@"
  image_plain "$1"
  image_names >"$(archive_work)/names"
  grep -qxF -e "$(image_full "$4")" "$(archive_work)/names" ||
    mismatch "the archive of $1 from $archive_from does not hold $4; it holds: $(tr '\n' ' ' <"$(archive_work)/names" | sed 's/^$/no image that has a name/')"
  image_list "$5" >/dev/null || fail "the runtime does not list its images: $(last_words)"
}
image_now() { [ -f "$(archive_work)/names" ] || fail "what was fetched of $1 is gone"; }
image_backup() { # as image_guard
  cp -- "$(archive_work)/names" "$BACKUP/names" 2>"$OUT" || fail "cannot write to the run directory: $(last_words)"
  image_list "$5" >"$BACKUP/before" || fail "the runtime does not list its images: $(last_words)"
}
image_apply() {
  image_file=$(archive_work)/image.tar
  case $5 in
    ctr) quietly containerd_ask 600 k8s.io images import "$image_file" ;;
    docker) docker_api POST '/images/load?quiet=1' "$image_file" >"$OUT" 2>&1 ;;
    containers-storage) image_copy "$image_file" "$4" ;;
  esac || fail "$4 could not be loaded: $(last_words)"
  # Its own rule for the configured image pins no other name of it, and only from containerd 1.7 on.
  [ "$5" != ctr ] || quietly containerd_ask 60 k8s.io images label "$(image_full "$4")" io.cri-containerd.pinned=pinned || fail "$4 could not be pinned: $(last_words)"
}
image_confirm() {
  image_list "$5" | cut -d ' ' -f 1 | grep -qxF -e "$(image_full "$4")" || fail "the runtime does not list $4 after it was loaded"
}

image_undo() { # as image_guard
  if ! image_list "$5" >"$RUN/images"; then
    printf '%s stays: the runtime does not answer. ' "$4"
    return
  fi
  undo_left=
  # The runtime calls it by its digest too.
  undo_ids=$(while read -r undo_name undo_id; do
    if grep -qxF -e "$undo_name" "$BACKUP/names" && ! cut -d ' ' -f 1 "$BACKUP/before" | grep -qxF -e "$undo_name"; then printf '%s\n' "$undo_id"; fi
  done <"$RUN/images")
  while read -r undo_name undo_id; do
    if ! printf '%s\n' "$undo_ids" | grep -qxF -e "$undo_id" || grep -qxF -e "$undo_name $undo_id" "$BACKUP/before"; then continue; fi
    case $5 in
      ctr) quietly containerd_ask 600 k8s.io images rm --sync "$undo_name" ;;
      docker) docker_api DELETE "/images/$undo_name" >"$OUT" 2>&1 ;;
      containers-storage) image_forget "$undo_name" ;;
    esac || undo_left="$undo_left $undo_name ($(last_words))"
  done <"$RUN/images"
  rm -f "$RUN/images"
  [ -z "$undo_left" ] || fail "images could not be removed:$undo_left"
}
image_late() { nothing; }
image_still() { nothing; }
image_stage() { archive_stage "$@"; }

image_tool() { # LOADER
  case $1 in
    containers-storage) command -v skopeo >/dev/null 2>&1 || command -v podman >/dev/null 2>&1 || mismatch 'images get into the store of CRI-O by skopeo or podman, and this host has neither: install one of them, or take runtime.archives.sandboxImage out' ;;
    docker) docker_client || mismatch 'images get into Docker over its socket by curl or perl, and this host has neither: install one of them, or take runtime.archives.sandboxImage out' ;;
    ctr) containerd_client >/dev/null || mismatch 'images get into containerd by its client ctr, and this host has none: install it (containerd-ctr on SUSE), or take runtime.archives.sandboxImage out' ;;
  esac
}

# `NAME ID` of each, names in full.
image_list() { # LOADER
  case $1 in
    ctr) containerd_ask 30 k8s.io images ls ;;
    docker) docker_api GET /images/json ;;
    containers-storage) image_stored ;;
  esac >"$RUN/images-listed" 2>"$OUT" </dev/null || return 1
  case $1 in
    # Name, type, digest and more, below a header.
    ctr) sed -n '2,$s/^\([^ ]*\)  *[^ ]*  *\([^ ]*\) .*/\1 \2/p' "$RUN/images-listed" ;;
    docker) image_engine <"$RUN/images-listed" ;;
    *) cat "$RUN/images-listed" ;;
  esac | image_full_names
  rm -f "$RUN/images-listed"
}
# Of each image in the engine's JSON its Id comes before its RepoTags.
image_engine() {
  grep -o '"Id":"[^"]*"\|"RepoTags":\[[^]]*\]' | while IFS= read -r engine_part; do
    case $engine_part in
      '"Id":'*) engine_id=$(printf '%s' "${engine_part#*:}" | tr -d '"') ;;
      *) printf '%s\n' "${engine_part#*:}" | tr -d '[]"' | tr ',' '\n' | sed "s/\$/ $engine_id/" ;;
    esac
  done
}
image_full_names() {
  while read -r names_name names_id; do
    case $names_name in '' | '<none>'*) continue ;; sha256:*) ;; *) names_name=$(image_full "$names_name") ;; esac
    printf '%s %s\n' "$names_name" "$names_id"
  done
}
image_stored() {
  if command -v podman >/dev/null 2>&1; then
    bounded 30 podman image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}'
  else
    for stored_file in "$IMAGE_STORE"/*-images/images.json; do
      [ -f "$stored_file" ] || continue
      # Its one line has no end, and `read` gives up what has none.
      { cat "$stored_file"; echo; } | sed -e 's/},{"id"/}\n{"id"/g' |
        sed -n 's/.*"id":"\([0-9a-f]*\)".*"names":\[\([^]]*\)\].*/\1 \2/p' | while read -r stored_id stored_names; do
        printf '%s\n' "$stored_names" | tr -d '" ' | tr ',' '\n' | sed "s/\$/ $stored_id/"
      done
    done
  fi
}
image_copy() { # FILE IMAGE
  if command -v podman >/dev/null 2>&1; then
    quietly bounded 600 podman load -i "$1"
  elif tar -tf "$1" 2>/dev/null | grep -qx -e '\(\./\)\{0,1\}manifest.json'; then
    quietly bounded 600 skopeo --insecure-policy copy "docker-archive:$1:$2" "containers-storage:$2"
  else
    quietly bounded 600 skopeo --insecure-policy copy "oci-archive:$1:$2" "containers-storage:$2"
  fi
}
image_forget() { # IMAGE
  if command -v podman >/dev/null 2>&1; then quietly podman image rm "$1"; else quietly skopeo delete "containers-storage:$1"; fi
}

# The archive without its packing.
image_plain() { # COMPONENT
  plain_kind=$(archive_kind "$(archive_work)/download")
  command -v "$plain_kind" >/dev/null 2>&1 || fail "the archive of $1 is packed with $plain_kind, which this host does not have"
  archive_plain "$plain_kind" "$(archive_work)/download" >"$(archive_work)/image.tar" 2>"$OUT" || fail "the archive of $1 cannot be unpacked ($(fetch_free)): $(last_words)"
  tar -tf "$(archive_work)/image.tar" >/dev/null 2>"$OUT" || fail "the archive of $1 from $archive_from is not a tar archive that can be read: $(last_words)"
}
# Names of the images in it, as docker-archives and OCI layouts have them.
image_names() {
  {
    image_member manifest.json | grep -o '"RepoTags" *: *\[[^]]*\]' | sed 's/^[^[]*//'
    image_member index.json | grep -o '"\(io.containerd.image.name\|org.opencontainers.image.ref.name\)" *: *"[^"]*"' | sed 's/^"[^"]*"//'
  } | grep -o '"[^"]*"' | tr -d '"' | while IFS= read -r names_one; do
    image_full "$names_one"
    printf '\n'
  done | sort -u
}
image_member() { # NAME
  { tar -xOf "$(archive_work)/image.tar" "$1" 2>/dev/null || tar -xOf "$(archive_work)/image.tar" "./$1" 2>/dev/null; } | tr -d '\n\t'
}
# busybox → docker.io/library/busybox:latest
image_full() { # NAME
  full_name=$1
  case $1 in
    */*) case ${1%%/*} in *.* | *:* | localhost) ;; *) full_name=docker.io/$1 ;; esac ;;
    *) full_name=docker.io/library/$1 ;;
  esac
  case ${full_name##*/} in *[:@]*) ;; *) full_name=$full_name:latest ;; esac
  printf '%s' "$full_name"
}
