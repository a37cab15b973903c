# shellcheck shell=sh
# The cgroup driver or the runtime is never changed under Kubernetes sandboxes, whatever the flag (guard of such steps).
no_sandboxes() { # ACTION
  case $1 in guard | now) ;; *) return 0 ;; esac
  if [ -S /run/containerd/containerd.sock ] && command -v ctr >/dev/null 2>&1 &&
    sandbox_ids=$(bounded 20 ctr -n k8s.io containers ls -q 'labels."io.cri-containerd.kind"==sandbox' 2>"$OUT" </dev/null); then
    [ -z "$sandbox_ids" ] || mismatch "$(printf '%s\n' "$sandbox_ids" | wc -l) Kubernetes sandboxes exist in containerd; the cgroup driver and the runtime are not changed under them"
  fi
  for sandbox_dir in /run/containerd/io.containerd.runtime.v2.task/k8s.io/*/; do
    [ ! -d "$sandbox_dir" ] || mismatch 'Kubernetes containers run in containerd; the cgroup driver and the runtime are not changed under them'
  done
  for sandbox_dir in /sys/fs/cgroup/kubepods* /sys/fs/cgroup/*/kubepods*; do
    [ -d "$sandbox_dir" ] || continue
    [ -z "$(find "$sandbox_dir" -name cgroup.procs -exec cat {} + 2>/dev/null | head -n 1)" ] ||
      mismatch "processes of pods run in $sandbox_dir; the cgroup driver and the runtime are not changed under them"
  done
}
