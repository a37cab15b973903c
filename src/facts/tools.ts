import { known } from '../core/observed.ts';
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
      script: `for n in ${toolNames.join(' ')}; do printf '%s ' "$n"; command -v "$n" || echo; done`,
    },
  },
  parse({ paths }) {
    const found = keyValues(paths);
    if (!found.has('ip')) throw new CannotTell('the shell did not look for programs');
    // A shell may have some of them built in; only a path is a program.
    const pathOf = (name: string): string | null => {
      const path = found.get(name) ?? '';
      return path.startsWith('/') ? path : null;
    };
    return known(Object.fromEntries(toolNames.map(name => [name, pathOf(name)])));
  },
};
