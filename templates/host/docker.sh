# shellcheck shell=sh
# What Kubernetes runs in Docker. The engine's own records tell, since most hosts have no client for its socket; and a record is of
# something that runs where containerd, which the engine has it run by, keeps its state.

DOCKER_TASKS=io.containerd.runtime.v2.task/moby
ENGINE_FILE=/etc/docker/daemon.json
ENGINE_DATA=/var/lib/docker
# cri-dockerd keeps a checkpoint of each sandbox and lists one by it alone, without labels, when its container is gone.
SANDBOX_CHECKPOINTS=/var/lib/cri-dockerd/sandbox

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
  for docker_proof in $(docker_records '"nodeprep.io/proof":'); do
    docker_delete "$docker_proof"
    [ -e "$(docker_root)/containers/$docker_proof" ] || rm -f "$SANDBOX_CHECKPOINTS/$docker_proof"
  done
}

docker_delete() { # ID
  if docker_client; then
    docker_api DELETE "/containers/$1?force=1&v=1" >"$OUT" 2>&1
  else
    quietly containerd_ask 20 moby tasks kill -s KILL "$1"
  fi
}

# Docker's own client comes in a package of its own, which a node need not have; perl is in every Debian base.
docker_client() { command -v curl >/dev/null 2>&1 || command -v perl >/dev/null 2>&1; }
docker_api() { # METHOD PATH [FILE to send]: the answer; fails where it is an error
  if command -v curl >/dev/null 2>&1; then
    bounded 600 curl -q -sSf --unix-socket "$RUN_DIR/docker.sock" -X "$1" ${3:+-H 'Content-Type: application/x-tar' -T "$3"} "http://docker$2" </dev/null
  else
    # shellcheck disable=SC2016
    bounded 600 perl -MIO::Socket::UNIX -e '
      my ($socket, $method, $path, $file) = @ARGV;
      my $engine = IO::Socket::UNIX->new(Peer => $socket) or die "$socket: $!\n";
      my $size = defined $file ? -s $file : 0;
      print $engine "$method $path HTTP/1.0\r\nContent-Type: application/x-tar\r\nContent-Length: $size\r\n\r\n";
      if (defined $file) {
        open(my $in, "<", $file) or die "$file: $!\n";
        while (read($in, my $block, 1 << 20)) { print $engine $block or die "the engine took only a part: $!\n" }
      }
      $engine->flush;
      my $status = <$engine> // "";
      while (defined(my $line = <$engine>)) { last if $line =~ /^\r?$/ }
      while (read($engine, my $block, 1 << 16)) { print $block }
      $status =~ m{^HTTP/\S+ 2} or die "the engine answers: $status\n"' "$RUN_DIR/docker.sock" "$@" </dev/null
  fi
}
