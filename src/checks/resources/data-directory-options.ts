import { defineCheck } from '../check.ts';

const harms: Readonly<Record<string, string>> = {
  ro: 'the runtime cannot write',
  noexec: 'programs may not run',
  nosuid: 'setuid programs in containers lose their rights',
};

export const dataDirectoryOptions = defineCheck({
  id: 'data-directory-options',
  title: "The runtime's file system is mounted without harmful options",
  severity: 'warning',
  source: 'https://man7.org/linux/man-pages/man8/mount.8.html',
  needs: ['dataDirectory'],
  evaluate({ dataDirectory }) {
    const { options, mountPoint } = dataDirectory;
    const observed = `${mountPoint}: ${options.join(',')}`;
    const harmful = options.filter(option => Object.hasOwn(harms, option));
    if (harmful.length === 0) return { status: 'pass', observed };
    return {
      status: 'fail',
      message: `${mountPoint} is mounted ${harmful.map(option => `${option} (${harms[option]})`).join(', ')}`,
      observed,
      expected: `without ${harmful.join(', ')}`,
      remedy: `mount -o remount,${harmful.map(option => (option === 'ro' ? 'rw' : option.slice(2))).join(',')} ${mountPoint}, and the same in /etc/fstab`,
      fixedByApply: false,
      severity: harmful.includes('ro') ? 'error' : 'warning',
    };
  },
});
