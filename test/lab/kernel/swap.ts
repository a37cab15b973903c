import type { LabNode } from '../node.ts';

/** Gives the node a swap file that is in use and in fstab, as installers leave it. */
export async function addSwapFile(node: LabNode, path = '/swapfile', megabytes = 128): Promise<void> {
  await node.sh(`fallocate -l ${megabytes}M ${path}
chmod 600 ${path}
mkswap -q ${path}
echo '${path} none swap sw 0 0' >>/etc/fstab
systemctl daemon-reload
swapon -a`);
}
