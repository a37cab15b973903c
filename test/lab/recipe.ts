import { FRONT_URL, PW_PASSWORD, type Suite } from './settings.ts';

export const PACKAGES = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'openssh-server',
  'sudo',
  'iproute2',
  'ca-certificates',
  'kmod',
  'procps',
  'iptables',
  'debian-archive-keyring',
];

export interface Recipe {
  suite: Suite;
  authorizedKey: string;
  security: boolean;
  aptSettings: string;
}

/** What turns a debootstrapped tree into the lab's base root; runs inside it. Its text is part of the cache key. */
export function configureScript(recipe: Recipe): string {
  return [users(recipe), apt(recipe), firstBoot(), hostLike(), quiet()].join('\n');
}

function users({ authorizedKey }: Recipe): string {
  return `
useradd --create-home --shell /bin/bash ops
useradd --create-home --shell /bin/bash pw
echo 'pw:${PW_PASSWORD}' | chpasswd
echo 'ops ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/ops
echo 'pw ALL=(ALL:ALL) ALL' >/etc/sudoers.d/pw
chmod 0440 /etc/sudoers.d/ops /etc/sudoers.d/pw
for home in /root /home/ops /home/pw; do
  mkdir -p -m 0700 "$home/.ssh"
  echo '${authorizedKey}' >"$home/.ssh/authorized_keys"
  chown -R "$(stat -c %u:%g "$home")" "$home/.ssh"
done`;
}

function apt({ suite, security, aptSettings }: Recipe): string {
  const updates = suite === 'sid' ? '' : ` ${suite}-updates`;
  const fixes = `
Types: deb
URIs: ${FRONT_URL}/security
Suites: ${suite}-security
Components: main
Signed-By: $keyring`;
  return `
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || keyring=/usr/share/keyrings/debian-archive-keyring.pgp
rm -f /etc/apt/sources.list
cat >/etc/apt/sources.list.d/debian.sources <<EOF
Types: deb
URIs: ${FRONT_URL}/debian
Suites: ${suite}${updates}
Components: main
Signed-By: $keyring
${security && suite !== 'sid' ? fixes : ''}
EOF
cat >/etc/apt/apt.conf.d/90lab <<'EOF'
Acquire::Languages "none";
Acquire::PDiffs "false";
${aptSettings}
EOF
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/90lab
rm -f /var/cache/apt/archives/*.deb
rm -rf /var/lib/apt/lists/*`;
}

// Nodes must differ: machine-id and ssh host keys are made at first boot.
// ssh waits for systemd-user-sessions: before it, pam_nologin turns away everybody but root.
function firstBoot(): string {
  return `
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id /etc/ssh/ssh_host_*
cat >/etc/systemd/system/lab-host-keys.service <<'EOF'
[Unit]
Description=SSH host keys of this node
Before=ssh.service
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A
[Install]
WantedBy=multi-user.target
EOF
mkdir -p /etc/systemd/system/ssh.service.d
cat >/etc/systemd/system/ssh.service.d/lab.conf <<'EOF'
[Unit]
Wants=lab-host-keys.service
After=lab-host-keys.service systemd-user-sessions.service
EOF
systemctl enable lab-host-keys.service ssh.service systemd-networkd.service`;
}

// What a host has and systemd-nspawn withholds: shared mounts, the kernel's log device, and (on cgroup v1) the right
// to make cgroups. Pods need all three.
function hostLike(): string {
  return `
cat >/etc/systemd/system/lab-host-like.service <<'EOF'
[Unit]
Description=What a host has and a container lacks
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
ExecStart=/bin/mount --make-rshared /
ExecStart=/bin/mknod /dev/kmsg c 1 11
ExecStart=/bin/sh -c 'grep -o " /sys/fs/cgroup/[^ ]*" /proc/mounts | while read -r m; do mount -o remount,bind,rw "$m"; done'
[Install]
WantedBy=sysinit.target
EOF
systemctl enable lab-host-like.service`;
}

// apt's timers take the dpkg lock whenever they like; that belongs into a test of its own, not under every test.
function quiet(): string {
  return `
systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer systemd-firstboot.service
: >/etc/resolv.conf
rm -f /etc/hostname
echo LANG=C.UTF-8 >/etc/default/locale`;
}
