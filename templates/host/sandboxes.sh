# shellcheck shell=sh
# The cgroup driver or the runtime is never changed under Kubernetes sandboxes, whatever the flag: guard of such steps, and of
# taking them back (`still`). A run that reverts itself goes back however: the pods would be left with half a change.
# held: the control side empties the node in the middle of the round, so only the step itself must find it empty.
no_sandboxes() { # ACTION [held]
  case $1.${2:-} in guard. | still. | now.*) ;; *) return 0 ;; esac
  if [ -S "$RUN_DIR/containerd/containerd.sock" ] && command -v ctr >/dev/null 2>&1 &&
    sandbox_ids=$(bounded 20 ctr -a "$RUN_DIR/containerd/containerd.sock" -n k8s.io containers ls -q 'labels."io.cri-containerd.kind"==sandbox' 2>"$OUT" </dev/null); then
    [ -z "$sandbox_ids" ] || mismatch "$(printf '%s\n' "$sandbox_ids" | wc -l) Kubernetes sandboxes exist in containerd; the cgroup driver and the runtime are not changed under them"
  fi
  for sandbox_dir in "$RUN_DIR"/containerd/io.containerd.runtime.v2.task/k8s.io/*/; do
    [ ! -d "$sandbox_dir" ] || mismatch 'Kubernetes containers run in containerd; the cgroup driver and the runtime are not changed under them'
  done
  for sandbox_dir in "$CGROUP_DIR"/kubepods* "$CGROUP_DIR"/*/kubepods*; do
    [ -d "$sandbox_dir" ] || continue
    [ -z "$(find "$sandbox_dir" -name cgroup.procs -exec cat {} + 2>/dev/null | head -n 1)" ] ||
      mismatch "processes of pods run in $sandbox_dir; the cgroup driver and the runtime are not changed under them"
  done
}
