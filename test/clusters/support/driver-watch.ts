import type { LabNode } from '../../lab/index.ts';

/**
 * Writes down every pod that is seen under another driver than the one with which the runtime was started. In the node, since
 * looking from outside would be too seldom.
 */
const watcher = `last=
while :; do
  pid=$(pgrep -xo containerd) || { sleep 0.2; continue; }
  if [ "$pid" != "$last" ]; then
    last=$pid root=kubepods
    ! grep -q 'SystemdCgroup = true' /etc/containerd/config.toml || root=kubepods.slice
  fi
  for pod in $(pgrep -x pause); do
    found=$(grep -E '^[0-9]+:(memory)?:' /proc/$pod/cgroup 2>/dev/null | grep -o '/kubepods[^/]*' | head -n 1)
    [ -z "$found" ] || [ "$found" = "/$root" ] || [ "$(pgrep -xo containerd)" != "$pid" ] ||
      echo "pod process $pod in $found while the runtime uses $root"
  done >>/root/under-other-driver
  echo >>/root/driver-looks
  sleep 0.2
done
`;

export const watchDrivers = (node: LabNode): Promise<string> =>
  node.sh(
    'cat >/root/watch-drivers && rm -f /root/driver-looks && systemd-run --quiet --unit=lab-watch --collect sh /root/watch-drivers',
    { input: watcher },
  );

/** The node lost its power; what was seen before is kept. */
export const watchAgain = (node: LabNode): Promise<string> =>
  node.sh('systemd-run --quiet --unit=lab-watch --collect sh /root/watch-drivers');

/** Pods seen under a changed driver; it must have looked at all. */
export const seenUnderOtherDriver = (node: LabNode): Promise<string> =>
  node.sh('test -s /root/driver-looks && sort -u /root/under-other-driver');
