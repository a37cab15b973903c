/** Those whose packages nodeprep apply installs. */
export type PackageManager = 'apt' | 'dnf';

/** What people type, for hints. */
export const packageCommands = {
  apt: { remove: 'apt-get remove', reinstall: 'apt-get install --reinstall', repair: 'dpkg --configure -a' },
  dnf: { remove: 'dnf remove', reinstall: 'dnf reinstall', repair: 'dnf check' },
} as const satisfies Record<PackageManager, { remove: string; reinstall: string; repair: string }>;
