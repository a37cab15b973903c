/** Those whose packages nodeprep apply installs. */
export type PackageManager = 'apt' | 'dnf' | 'zypper';

export type PackageFormat = 'deb' | 'rpm';

export const packageFormatOf = (manager: PackageManager): PackageFormat => (manager === 'apt' ? 'deb' : 'rpm');

/** What people type, for hints. */
export const packageCommands = {
  apt: {
    remove: 'apt-get remove',
    reinstall: 'apt-get install --reinstall',
    repair: 'dpkg --configure -a',
    hold: 'apt-mark hold',
  },
  dnf: { remove: 'dnf remove', reinstall: 'dnf reinstall', repair: 'dnf check', hold: 'dnf versionlock add' },
  zypper: {
    remove: 'zypper remove',
    reinstall: 'zypper install --force',
    repair: 'zypper verify',
    hold: 'zypper addlock',
  },
} as const satisfies Record<PackageManager, Record<'remove' | 'reinstall' | 'repair' | 'hold', string>>;
