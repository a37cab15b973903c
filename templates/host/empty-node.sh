# shellcheck shell=sh
# Ends what pods run on this host without a control side: a revert must not change the driver or the runtime under them.
# A runtime is one function empty_NAME. What no runtime ends goes by its cgroup.

EMPTY_SECONDS=120 # for everything together
CONTAINERD_TASKS=io.containerd.runtime.v2.task/k8s.io

empty_node() {
  if [ -z "$(pod_processes)" ] && ! containerd_runs && [ -z "$(docker_pods)$(crio_sandboxes)" ]; then return 0; fi
  note 'ending the pods that were started meanwhile'
  empty_deadline=$(($(uptime_seconds) + EMPTY_SECONDS))
  empty_containerd
  empty_docker
  empty_crio
  point
  while [ -n "$(pod_processes)" ]; do
    [ "$(uptime_seconds)" -lt "$empty_deadline" ] || fail "the node could not be emptied: $(pods_words)"
    for empty_pid in $(pod_processes); do [ "$empty_pid" = 0 ] || kill -9 "$empty_pid" 2>/dev/null; done
    nap
  done
  point
}

containerd_runs() {
  for containerd_task in "$RUN_DIR/containerd/$CONTAINERD_TASKS"/*/; do [ ! -d "$containerd_task" ] || return 0; done
  return 1
}
# What stays of ended sandboxes in its records is the kubelet's to remove, once it runs again.
empty_containerd() {
  if ! containerd_runs || [ ! -S "$RUN_DIR/containerd/containerd.sock" ]; then return 0; fi
  empty_by_crictl "unix://$RUN_DIR/containerd/containerd.sock"
  containerd_client >/dev/null || return 0
  for empty_task in $(containerd_ask 20 k8s.io tasks ls -q 2>"$OUT" </dev/null); do
    quietly containerd_ask 20 k8s.io tasks kill -s KILL "$empty_task"
  done
  containerd_end=$(($(uptime_seconds) + 10))
  while containerd_runs && [ "$(uptime_seconds)" -lt "$containerd_end" ]; do nap; done
}

# Without crictl its containers go by their cgroups, and each one's conmon with it.
empty_crio() {
  if [ -z "$(crio_sandboxes)" ] || [ ! -S "$RUN_DIR/crio/crio.sock" ]; then return 0; fi
  empty_by_crictl "unix://$RUN_DIR/crio/crio.sock"
}

# Pods with a network of their own go first: the agent that takes it apart may be a pod in the host's network.
empty_by_crictl() { # ENDPOINT
  command -v crictl >/dev/null 2>&1 || return 0
  crictl_last=
  for crictl_pod in $(bounded 20 crictl --runtime-endpoint "$1" pods -q 2>"$OUT" </dev/null); do
    case $(bounded 20 crictl --runtime-endpoint "$1" inspectp -o go-template --template '{{.status.linux.namespaces.options.network}}' "$crictl_pod" 2>/dev/null </dev/null) in
      NODE) crictl_last="$crictl_last $crictl_pod" ;;
      *) crictl_remove "$1" "$crictl_pod" ;;
    esac
  done
  for crictl_pod in $crictl_last; do crictl_remove "$1" "$crictl_pod"; done
}
crictl_remove() { # ENDPOINT SANDBOX
  [ "$(uptime_seconds)" -lt "$empty_deadline" ] || return 0
  quietly bounded 40 crictl --runtime-endpoint "$1" --timeout 30s stopp "$2" && quietly bounded 20 crictl --runtime-endpoint "$1" rmp "$2"
}
