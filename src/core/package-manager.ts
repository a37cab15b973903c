/** Those whose packages nodeprep apply installs. */
export type PackageManager = 'apt' | 'dnf' | 'zypper';

export type PackageFormat = 'deb' | 'rpm';

export const packageFormatOf = (manager: PackageManager): PackageFormat => (manager === 'apt' ? 'deb' : 'rpm');

/** What people type, for hints. */
export const packageCommands = {
  apt: { remove: 'apt-get remove', reinstall: 'apt-get install --reinstall', repair: 'dpkg --configure -a' },
  dnf: { remove: 'dnf remove', reinstall: 'dnf reinstall', repair: 'dnf check' },
  zypper: { remove: 'zypper remove', reinstall: 'zypper install --force', repair: 'zypper verify' },
} as const satisfies Record<PackageManager, { remove: string; reinstall: string; repair: string }>;
