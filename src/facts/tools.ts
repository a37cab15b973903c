import { known } from '../core/observed.ts';
import { searchPath } from './compile.ts';
import type { Fact } from './fact.ts';
import { CannotTell, keyValues } from './read.ts';

/** Programs that checks ask for: name → path, null = not found in root's PATH. */
export type Tools = Readonly<Record<string, string | null>>;

/** What checks ask for, what apply needs on the host, and the byte bridges of the CRI client. */
export const toolNames = [
  'ip',
  'iptables',
  'mount',
  'umount',
  'nsenter',
  'ebtables',
  'ethtool',
  'socat',
  'tc',
  'touch',
  'conntrack',
  'modprobe',
  'nft',
  'systemctl',
  'systemd-run',
  'setsid',
  'flock',
  'timeout',
  'sha256sum',
  'tar',
  'apt-get',
  'apt-mark',
  'dpkg',
  'swapoff',
  'python3',
  'perl',
  'nc',
  'podman',
  'skopeo',
  'sudo',
  'crictl',
  'containerd',
  'runc',
  'kubelet',
  'kubeadm',
  'kubectl',
  'xfs_info',
  'ss',
] as const;

export const tools: Fact<Tools> = {
  items: {
    paths: {
      kind: 'sh',
      // Not `command -v`: a busybox shell answers with the bare names of its own applets.
      script: `for n in ${toolNames.join(' ')}; do
for d in ${searchPath.replaceAll(':', ' ')}; do
[ -x "$d/$n" ] && [ -f "$d/$n" ] && printf '%s %s\\n' "$n" "$d/$n" && break
done
done
return 0`,
    },
  },
  parse({ paths }) {
    const found = keyValues(paths);
    if (found.size === 0) throw new CannotTell('no program was found in any of the usual directories');
    return known(Object.fromEntries(toolNames.map(name => [name, found.get(name) ?? null])));
  },
};
