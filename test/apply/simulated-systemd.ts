/**
 * Stand-ins for `systemctl`, `rmdir`, `sync` and `sleep` on a host root: a kubelet and a containerd that read their driver from
 * a file of the tree, a pod that is a process with a cgroup of a directory, and drop-ins that count as systemd loaded them.
 * What may never happen to a pod is written into `violations`. synthetic
 */
const lives = `lives() { case $(cat "/proc/\${1:-none}/stat" 2>/dev/null) in '' | *') Z '*) return 1 ;; esac; }`;

export const stubs = (root: string): Readonly<Record<string, string>> => ({
  systemctl: systemctl(root),
  // Directories of a cgroup file system go although files are in them.
  rmdir: `#!/bin/sh
${lives}
for word do
  case $word in '${root}/cgroup/'*/kubepods*) [ -f "$word/cgroup.procs" ] && ! lives "$(cat "$word/cgroup.procs")" && rm -f "$word/cgroup.procs" ;; esac
done
exec /bin/rmdir "$@"
`,
  sync: '#!/bin/sh\nexit 0\n',
  sleep: '#!/bin/sh\nexec /bin/sleep 0.01\n',
});

const systemctl = (root: string): string => `#!/bin/sh
ROOT='${root}' STATE='${root}/state' UNITS='${root}/tree/units' CGROUPS='${root}/cgroup'

violation() { printf '%s\\n' "$*" >>"$ROOT/violations"; }
active() { [ -f "$STATE/$1.active" ]; }
${lives}
pod_lives() { lives "$(cat "$STATE/pod-pid" 2>/dev/null)"; }
# The condition of a unit's drop-ins as they are on disk.
condition() { cat "$UNITS/$1.d/"*.conf 2>/dev/null | sed -n 's/^ConditionPathExists=!//p'; }
load() { for unit in kubelet.service containerd.service; do condition "$unit" >"$STATE/$unit.loaded"; done; }

start_kubelet() {
  driver=$(cat "$ROOT/tree/kubelet.conf")
  active containerd.service || return
  runtime=$(cat "$STATE/runtime-driver")
  [ "$driver" = "$runtime" ] || violation "the kubelet started under $driver while containerd runs under $runtime"
  if pod_lives; then
    [ "$(cat "$STATE/pod-driver")" = "$driver" ] || violation "the kubelet started under $driver and finds a pod of $(cat "$STATE/pod-driver")"
    return
  fi
  setsid /bin/sleep 600 </dev/null >/dev/null 2>&1 &
  echo "$!" >"$STATE/pod-pid"
  echo "$driver" >"$STATE/pod-driver"
  case $driver in systemd) tree=kubepods.slice ;; *) tree=kubepods ;; esac
  for hierarchy in memory unified; do
    mkdir -p "$CGROUPS/$hierarchy/$tree/pod1"
    : >"$CGROUPS/$hierarchy/$tree/cgroup.procs"
    echo "$!" >"$CGROUPS/$hierarchy/$tree/pod1/cgroup.procs"
  done
}
start_containerd() {
  cat "$ROOT/tree/containerd.conf" >"$STATE/runtime-driver"
  if pod_lives && [ "$(cat "$STATE/pod-driver")" != "$(cat "$STATE/runtime-driver")" ]; then
    violation "containerd started under $(cat "$STATE/runtime-driver") while a pod of $(cat "$STATE/pod-driver") runs"
  fi
  active kubelet.service && [ "$(cat "$ROOT/tree/kubelet.conf")" != "$(cat "$STATE/runtime-driver")" ] && violation 'containerd changed under a kubelet'
}
start() {
  active "$1" && return
  # The old process ends badly, and the job to start it anew is not done yet.
  [ ! -f "$STATE/$1.glimpses" ] || : >"$STATE/$1.glimpse"
  if [ -f "$STATE/$1.stumbles" ]; then rm "$STATE/$1.stumbles"; : >"$STATE/$1.failed"; return 0; fi
  blocked=$(cat "$STATE/$1.loaded" 2>/dev/null)
  [ -z "$blocked" ] || [ ! -e "$blocked" ] || return 0
  count=$(($(cat "$STATE/count" 2>/dev/null || echo 0) + 1))
  echo "$count" >"$STATE/count"
  case $1 in kubelet.service) start_kubelet ;; containerd.service) start_containerd ;; esac
  echo "$count" >"$STATE/$1.active"
}
stop() {
  [ ! -f "$STATE/$1.hangs" ] || exit 1
  rm -f "$STATE/$1.active"
}
show() {
  unit=$1
  case $unit in kubelet.service | containerd.service) ;; *) echo ActiveState=inactive; return ;; esac
  echo LoadState=loaded
  echo UnitFileState=enabled
  if [ -f "$STATE/$unit.glimpse" ]; then
    rm "$STATE/$unit.glimpse"
    printf 'ActiveState=failed\\nSubState=failed\\nMainPID=0\\nInvocationID=\\nJob=77\\n'
  elif [ -f "$STATE/$unit.failed" ]; then
    printf 'ActiveState=failed\\nSubState=failed\\nMainPID=0\\nInvocationID=\\nJob=\\n'
  elif active "$unit"; then
    printf 'ActiveState=active\\nSubState=running\\nMainPID=%s\\nInvocationID=%s\\nJob=\\n' "$(cat "$STATE/$unit.active")" "$(cat "$STATE/$unit.active")"
  else
    printf 'ActiveState=inactive\\nSubState=dead\\nMainPID=0\\nInvocationID=\\nJob=\\n'
  fi
  printf 'NRestarts=0\\nResult=success\\nExecMainStatus=0\\nType=notify\\n'
  if [ "$(cat "$STATE/$unit.loaded" 2>/dev/null)" = "$(condition "$unit")" ]; then echo NeedDaemonReload=no; else echo NeedDaemonReload=yes; fi
}

verb=
for word do
  case $word in --*) ;; *) verb=$word; break ;; esac
done
while [ "$1" != "$verb" ]; do shift; done
shift
case $verb in
  show) show "$1" ;;
  start) start "$1" ;;
  restart) stop "$1"; start "$1" ;;
  stop) stop "$1" ;;
  reset-failed) rm -f "$STATE/$1.failed" ;;
  daemon-reload) load ;;
  # Not systemd's: the plug is pulled, and the machine boots.
  pull-the-plug)
    pod_lives && kill -9 "$(cat "$STATE/pod-pid")"
    rm -f "$STATE"/*.active "$STATE/pod-pid"
    rm -rf "$CGROUPS"/*/kubepods*
    ;;
  # Nor is this: from now on the unit cannot be stopped.
  hang) : >"$STATE/$1.hangs" ;;
  # The unit is seen as failed for a moment whenever it is started; the next start fails.
  glimpse) : >"$STATE/$1.glimpses" ;;
  stumble) : >"$STATE/$1.stumbles" ;;
  boot) load; start containerd.service; start kubelet.service ;;
esac
exit 0
`;
