import type { LabNode } from '../../lab/index.ts';

const update = 'apt-get update -o APT::Update::Error-Mode=any';

/** Nothing goes out any more but what sshd answers; `reaches` is a command that would. */
export const cutOff = (node: LabNode, reaches = update): Promise<string> =>
  node.sh(`echo nameserver 192.0.2.1 >/etc/resolv.conf
    ip rule add pref 10 ipproto tcp sport 22 lookup main
    ip rule add pref 20 prohibit
    ! timeout 5 ${reaches} >/dev/null 2>&1`);
