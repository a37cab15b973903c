# shellcheck shell=sh
# The cgroup driver or the runtime is never changed under Kubernetes sandboxes, whatever the flag: guard of such steps, and of
# taking them back (`still`). A run that reverts itself goes back however: the pods would be left with half a change.
# held: the control side empties the node in the middle of the round, so only the step itself must find it empty.
no_sandboxes() { # ACTION [held]
  case $1.${2:-} in guard. | still. | now.) sandboxes_found=$(sandboxes_words) ;;
    now.held)
      # What was just removed may take a moment to end.
      sandboxes_deadline=$(($(uptime_seconds) + POD_TREES_SECONDS))
      while sandboxes_found=$(sandboxes_words) && [ -n "$sandboxes_found" ] && [ "$(uptime_seconds)" -lt "$sandboxes_deadline" ]; do nap; done
      ;;
    *) return 0 ;;
  esac
  [ -z "$sandboxes_found" ] || mismatch "$sandboxes_found; the cgroup driver and the runtime are not changed under them"
}
sandboxes_words() {
  if containerd_answers &&
    sandbox_ids=$(containerd_ask 20 k8s.io containers ls -q 'labels."io.cri-containerd.kind"==sandbox' 2>"$OUT" </dev/null) &&
    [ -n "$sandbox_ids" ]; then
    printf '%s Kubernetes sandboxes exist in containerd' "$(printf '%s\n' "$sandbox_ids" | wc -l)"
  elif containerd_runs; then
    printf 'Kubernetes containers run in containerd'
  elif docker_ids=$(docker_sandboxes) && [ -n "$docker_ids" ]; then
    printf '%s Kubernetes sandboxes exist in Docker' "$(printf '%s\n' "$docker_ids" | wc -l)"
  elif [ -n "$(crio_sandboxes)" ]; then
    printf '%s Kubernetes sandboxes exist in CRI-O' "$(crio_sandboxes | wc -l)"
  elif [ -n "$(pod_processes)" ]; then
    pods_words
  fi
}

# What a proof of the control side left that died meanwhile (src/cri/proof-label.ts): nothing may be taken back under it.
remove_proofs() {
  remove_docker_proofs
  remove_crio_proofs
  containerd_answers || return 0
  for proof_id in $(containerd_ask 20 k8s.io containers ls -q 'labels."nodeprep.io/proof"' 2>/dev/null </dev/null); do
    quietly containerd_ask 20 k8s.io task kill -s SIGKILL "$proof_id"
    # The CRI plugin deletes the task of a process that has ended.
    proof_deadline=$(($(uptime_seconds) + 10))
    while containerd_ask 20 k8s.io task ls -q 2>/dev/null </dev/null | grep -qx "$proof_id" && [ "$(uptime_seconds)" -lt "$proof_deadline" ]; do nap; done
    quietly containerd_ask 20 k8s.io task rm -f "$proof_id"
    quietly containerd_ask 20 k8s.io containers rm "$proof_id"
  done
}

# CRI-O keeps what it runs below its run root, whether it answers or not. A sandbox that needs no process has its records all the same.
CRIO_RECORDS=containers/storage/overlay-containers
crio_records() { grep -sl '"io.kubernetes.cri-o.ContainerType": *"sandbox"' "$RUN_DIR/$CRIO_RECORDS"/*/userdata/config.json; }
crio_sandboxes() {
  for crio_record in $(crio_records); do is_crio_proof "$crio_record" || printf '%s\n' "$crio_record"; done
}
is_crio_proof() { grep -q '\\"nodeprep.io/proof\\":' "$1"; }
# Without crictl nobody here can tell CRI-O to remove one: its process is ended, and what it keeps of it goes by the next check of a
# control side, which asks it over CRI.
remove_crio_proofs() {
  for crio_record in $(crio_records); do
    is_crio_proof "$crio_record" || continue
    crio_proof=${crio_record%/userdata/config.json}
    if [ -S "$RUN_DIR/crio/crio.sock" ] && command -v crictl >/dev/null 2>&1; then
      quietly bounded 40 crictl --runtime-endpoint "unix://$RUN_DIR/crio/crio.sock" --timeout 30s rmp -f "${crio_proof##*/}" && continue
    fi
    # It ends without a newline.
    crio_pid=$(cat "$crio_proof/userdata/pidfile" 2>/dev/null)
    [ -n "$crio_pid" ] || continue
    # The number may be another's by now: the cgroup bears the sandbox's id.
    ! grep -qs "${crio_proof##*/}" "/proc/$crio_pid/cgroup" || kill -9 "$crio_pid" 2>/dev/null
  done
}
