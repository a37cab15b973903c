import type { LabNode } from '../../lab/index.ts';
import { listenOn } from './sshd.ts';

interface OddUser {
  readonly shell: string;
  /** What the login shell reads first. */
  readonly bashrc?: string;
  readonly setUp?: string;
}

/** Logins as they are met in the wild, all with sudo without password. */
export const oddUsers = {
  plain: { shell: '/bin/bash' },
  fish: { shell: '/usr/bin/fish' },
  csh: { shell: '/bin/csh' },
  zsh: { shell: '/usr/bin/zsh' },
  rbash: { shell: '/bin/rbash' },
  noisy: {
    shell: '/bin/bash',
    bashrc: `printf 'Welcome \\033[2J\\033]0;owned\\007 to this host\\r\\n'; echo 'on standard error' >&2
head -c 200000 /dev/urandom; printf '\\0\\1\\377READY\\n'`,
  },
  endless: { shell: '/bin/bash', bashrc: 'exec cat /dev/urandom' },
  endlessErrors: { shell: '/bin/bash', bashrc: 'exec cat /dev/urandom >&2' },
  silent: { shell: '/bin/bash', bashrc: 'exec sleep 3600' },
  leaving: { shell: '/bin/bash', bashrc: 'echo "go away"; exit 3' },
  cutting: { shell: '/bin/bash', bashrc: 'kill -9 $PPID' },
  nologin: { shell: '/usr/sbin/nologin' },
  expired: { shell: '/bin/bash', setUp: 'chage -d 0 expired' },
} as const satisfies Record<string, OddUser>;
export type OddUserName = keyof typeof oddUsers;

export const oddNames = Object.keys(oddUsers) as OddUserName[];

/** sshd listens once per user, since an inventory has one host per address and port. */
export const portOf = (name: OddUserName): number => 2300 + oddNames.indexOf(name);

export const oddFiles = {
  '/etc/ssh/sshd_config.d/lab.conf': `${listenOn(oddNames.map(portOf))}Banner /etc/lab-banner\nPerSourcePenalties no\n`,
  '/etc/lab-banner': 'Authorised use only \u001b[31m\u0007\n'.repeat(50),
};

export const makeOddUsers = async (node: LabNode): Promise<void> => {
  for (const name of oddNames) {
    const { shell, bashrc, setUp }: OddUser = oddUsers[name];
    const user = name.toLowerCase();
    await node.sh(`useradd -m -s ${shell} ${user} && install -d -m 700 -o ${user} -g ${user} /home/${user}/.ssh
      install -m 600 -o ${user} -g ${user} /home/ops/.ssh/authorized_keys /home/${user}/.ssh/
      echo '${user} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/${user}`);
    if (bashrc !== undefined) await node.sh(`cat >/home/${user}/.bashrc`, { input: `${bashrc}\n` });
    if (setUp !== undefined) await node.sh(setUp);
  }
};
