# shellcheck shell=sh
# What Kubernetes runs in Docker. The engine's own records tell, since most hosts have no client for its socket; and a record is of
# something that runs where containerd, which the engine has it run by, keeps its state.

DOCKER_TASKS=io.containerd.runtime.v2.task/moby
ENGINE_FILE=/etc/docker/daemon.json
ENGINE_DATA=/var/lib/docker

docker_root() {
  docker_data=$(sed -n 's/.*"data-root"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' "$ENGINE_FILE" 2>/dev/null | head -n 1)
  printf '%s' "${docker_data:-$ENGINE_DATA}"
}
docker_records() { # PATTERN: ids of the containers whose record has it
  grep -sl -e "$1" "$(docker_root)"/containers/*/config.v2.json | sed 's|/config\.v2\.json$||; s|.*/||'
}
docker_up() { [ -S "$RUN_DIR/docker.sock" ] && docker_pid=$(file_line "$RUN_DIR/docker.pid") && process_start "${docker_pid:-0}" >/dev/null; }
docker_running() { # reads ids
  while read -r docker_id; do [ ! -d "$RUN_DIR/containerd/$DOCKER_TASKS/$docker_id" ] || printf '%s\n' "$docker_id"; done
}
# Without the engine what has ended is data that nobody serves.
docker_sandboxes() {
  docker_found=$(docker_records '"io.kubernetes.docker.type":"podsandbox"')
  [ -n "$docker_found" ] || return 0
  if docker_up; then printf '%s\n' "$docker_found"; else printf '%s\n' "$docker_found" | docker_running; fi
}
docker_pods() { docker_records '"io.kubernetes.docker.type":"' | docker_running; }

# What stays of ended sandboxes in its records is the kubelet's to remove.
empty_docker() {
  [ -n "$(docker_pods)" ] || return 0
  [ ! -S "$RUN_DIR/cri-dockerd.sock" ] || empty_by_crictl "unix://$RUN_DIR/cri-dockerd.sock"
  for docker_pod in $(docker_pods); do docker_delete "$docker_pod"; done
}

remove_docker_proofs() {
  docker_up || return 0
  for docker_proof in $(docker_records '"nodeprep.io/proof":'); do docker_delete "$docker_proof"; done
}

# By the first client that there is; perl is in every Debian base.
docker_delete() { # ID
  if command -v docker >/dev/null 2>&1; then
    quietly bounded 30 docker -H "unix://$RUN_DIR/docker.sock" rm -f -v "$1"
  elif command -v curl >/dev/null 2>&1; then
    quietly bounded 30 curl -s --unix-socket "$RUN_DIR/docker.sock" -X DELETE "http://docker/containers/$1?force=1&v=1"
  elif command -v perl >/dev/null 2>&1; then
    # shellcheck disable=SC2016
    quietly bounded 30 perl -MIO::Socket::UNIX -e \
      '$s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or exit 1; print $s "DELETE /containers/$ARGV[1]?force=1&v=1 HTTP/1.0\r\n\r\n"; $s->flush; 1 while <$s>;' \
      "$RUN_DIR/docker.sock" "$1"
  elif command -v ctr >/dev/null 2>&1; then
    quietly bounded 20 ctr -a "$RUN_DIR/containerd/containerd.sock" -n moby tasks kill -s KILL "$1"
  fi
}
