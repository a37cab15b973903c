import type { LabNode } from '../../lab/index.ts';

/**
 * containerd 2.2 as a distribution's package would bring it: suites with that package have a systemd that refuses the lab's
 * cgroup v1 nodes. Synthetic: upstream's programs in a package of our own. No pod may run there.
 */
export const packageContainerd = (node: LabNode): Promise<string> =>
  node.sh(`set -e
systemctl stop kubelet containerd
package=/root/package units=/usr/lib/systemd/system
mkdir -p $package/DEBIAN $package/usr/bin $package$units
mv /usr/local/bin/containerd /usr/local/bin/containerd-shim-runc-v2 /usr/local/bin/ctr $package/usr/bin/
sed 's,/usr/local/bin,/usr/bin,' /usr/local/lib/systemd/system/containerd.service >$package$units/containerd.service
rm /usr/local/lib/systemd/system/containerd.service
ln -sf $units/containerd.service /etc/systemd/system/multi-user.target.wants/containerd.service
printf '%s\\n' 'Package: containerd' 'Version: 2.2.0-1' "Architecture: $(dpkg --print-architecture)" \\
  'Maintainer: lab <lab@lab.invalid>' 'Description: containerd of upstream' >$package/DEBIAN/control
dpkg-deb -Znone -b $package /root/containerd.deb >/dev/null
rm -r $package
dpkg -i /root/containerd.deb >/dev/null
rm /root/containerd.deb
systemctl daemon-reload
systemctl start containerd kubelet`);
