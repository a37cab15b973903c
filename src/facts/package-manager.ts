/** dnf can be installed beside zypper, and zypper beside dnf: SUSE's own is zypper. */
const isSuse = `command -v zypper >/dev/null && cat /etc/os-release /usr/lib/os-release 2>/dev/null | grep -Eq '^ID(_LIKE)?=.*suse'`;

/** Says `manager NAME` of what uses rpm's database. */
export const rpmManagerScript = `if ${isSuse}; then echo manager zypper
elif command -v dnf >/dev/null; then echo manager dnf
elif command -v yum >/dev/null; then echo manager yum
elif command -v zypper >/dev/null; then echo manager zypper
else echo manager none; fi`;
