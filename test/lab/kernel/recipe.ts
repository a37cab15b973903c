// The cloud flavour has what nodes need (br_netfilter, overlay, zram, swap) without drivers for real hardware.
const KERNEL = 'linux-image-cloud-amd64';

// A small initrd for one known machine: under TCG a general one costs ten seconds of each boot.
const INITRD_MODULES = ['virtio_pci', 'virtio_blk', 'ext4', 'crc32c_generic'];

/** What turns the lab's container root into a root that boots on its own kernel; its text is part of the cache key. */
export function kernelScript(packages: readonly string[]): string {
  return `
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
install='apt-get install -qq -y --no-install-recommends'
mkdir -p /etc/initramfs-tools/conf.d
printf 'MODULES=list\\nCOMPRESS=lz4\\n' >/etc/initramfs-tools/conf.d/lab
$install udev initramfs-tools lz4 e2fsprogs
printf '%s\\n' ${INITRD_MODULES.join(' ')} >>/etc/initramfs-tools/modules
$install ${[KERNEL, ...packages].join(' ')}
apt-get clean

echo '/dev/vda / ext4 defaults,errors=remount-ro 0 1' >/etc/fstab
mkdir -p /etc/systemd/network
cat >/etc/systemd/network/10-lab.network <<'EOT'
[Match]
Type=ether
[Network]
DHCP=ipv4
LinkLocalAddressing=no
IPv6AcceptRA=no
EOT
echo kernel-node >/etc/hostname
printf '127.0.0.1 localhost kernel-node\\n' >/etc/hosts

# What it gives a container node, a machine has by itself.
systemctl disable lab-host-like.service
# A clock that jumps from the snapshot's time to now would start every timer at once.
systemctl mask e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-tmpfiles-clean.timer`;
}

/** Debian's kernel has SELinux built in and AppArmor chosen. */
export const selinuxCommandLine = 'security=selinux';

/** Labels are written by the build's kernel, which need not have SELinux: `-m`, or setfiles passes over a mount that says nothing of labels. */
export const selinuxScript = `
$install selinux-policy-default policycoreutils selinux-utils
printf 'SELINUX=permissive\nSELINUXTYPE=default\n' >/etc/selinux/config
setfiles -m -F -e /proc /etc/selinux/default/contexts/files/file_contexts /`;
