# shellcheck shell=sh
# Kind `cgroup-roots`: cgroup_roots_ACTION. The trees that the kubelet made for pods go from every hierarchy, empty ones only:
# the kubelet keeps a tree that exists, so only one that came back proves the driver that made it.

POD_TREES_SECONDS=15 # until the last processes of removed sandboxes are gone, and the trees let go

# v2: one; v1 and hybrid: one a controller, and the unified one.
cgroup_hierarchies() {
  if [ -f "$CGROUP_DIR/cgroup.procs" ]; then
    printf '%s\n' "$CGROUP_DIR"
    return
  fi
  for hierarchy in "$CGROUP_DIR"/*; do
    # Links are second names: cpu -> cpu,cpuacct.
    if [ -f "$hierarchy/cgroup.procs" ] && [ ! -L "$hierarchy" ]; then printf '%s\n' "$hierarchy"; fi
  done
}
pod_trees() {
  cgroup_hierarchies | while IFS= read -r pod_hierarchy; do
    for pod_tree in "$pod_hierarchy/kubepods" "$pod_hierarchy/kubepods.slice"; do
      [ ! -d "$pod_tree" ] || printf '%s\n' "$pod_tree"
    done
  done
}
# `0` is a process of another pid namespace.
pod_processes() {
  pod_trees | while IFS= read -r pod_tree; do find "$pod_tree" -name cgroup.procs -exec cat {} + 2>/dev/null; done |
    sort -u | while read -r pod_pid; do
    if [ "$pod_pid" = 0 ] || process_start "$pod_pid" >/dev/null; then printf '%s\n' "$pod_pid"; fi
  done
}
process_words() { # PID…: `123 (nginx), 456 (sh)`, the first five
  for words_pid in $(printf '%s\n' "$@" | head -n 5); do printf '%s (%s), ' "$words_pid" "$(file_line "/proc/$words_pid/comm")"; done |
    sed 's/, $//'
}

pods_words() {
  # shellcheck disable=SC2046
  printf 'processes of pods still run below %s: %s' "$(pod_trees | head -n 1)" "$(process_words $(pod_processes))"
}

pods_end() { # waits for processes that are about to end
  pods_deadline=$(($(uptime_seconds) + POD_TREES_SECONDS))
  while [ -n "$(pod_processes)" ]; do
    [ "$(uptime_seconds)" -lt "$pods_deadline" ] || return 1
    nap
  done
}
remove_pod_trees() {
  trees_deadline=$(($(uptime_seconds) + POD_TREES_SECONDS))
  while [ -n "$(pod_trees)" ]; do
    if [ "$(uptime_seconds)" -ge "$trees_deadline" ] || [ -n "$(pod_processes)" ]; then return 1; fi
    remove_trees_once
    point
    [ -z "$(pod_trees)" ] || nap
  done
}
remove_trees_once() {
  # The kubelet has systemd make these; systemd would make them again.
  if [ "$(systemctl show kubepods.slice -p ActiveState 2>/dev/null)" = ActiveState=active ]; then quietly bounded 60 systemctl stop kubepods.slice; fi
  pod_trees | while IFS= read -r remove_tree; do find "$remove_tree" -depth -type d -exec rmdir -- {} + 2>"$OUT"; done
}
cgroup_roots_guard() { nothing; }
cgroup_roots_now() { pods_end || mismatch "$(pods_words)"; }
cgroup_roots_backup() { nothing; }
cgroup_roots_apply() { remove_pod_trees || fail "$(pod_trees | head -n 1) cannot be removed: $(last_words)"; }
cgroup_roots_confirm() { [ -z "$(pod_trees)" ] || fail "$(pod_trees | head -n 1) is there again"; }
# What started pods meanwhile has been stopped and emptied before this (service_undo). A tree that stays does no harm.
cgroup_roots_undo() { remove_pod_trees || printf '%s stays' "$(pod_trees | head -n 1)"; }
cgroup_roots_late() { nothing; }
cgroup_roots_still() { nothing; }
