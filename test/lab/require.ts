import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { machineMirrors } from './mirrors.ts';
import { must } from './run.ts';

/** Programs of this machine that the lab calls, and Debian's package for each. */
const NEEDED: Record<string, string> = {
  debootstrap: 'debootstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  flock: 'util-linux',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
  gpg: 'gpg',
};

/** Why the lab cannot work here, or undefined: for `describe.skipIf(requireLab())`. */
export function requireLab(): string | undefined {
  const [first] = labProblems();
  return first && `container lab: ${first}`;
}

/** Everything that is missing, each as a sentence with its remedy. */
export function labProblems(): string[] {
  if (process.platform !== 'linux') return ['needs Linux'];
  const missing = missingPackages();
  return [
    process.getuid?.() === 0 ? undefined : 'needs root',
    hasCommand('apt-get') ? undefined : 'needs a machine with apt',
    missing.length > 0 ? `needs the packages ${missing.join(' ')}: npm run lab doctor -- --install` : undefined,
    /\boverlay$/m.test(readFileSync('/proc/filesystems', 'utf8')) ? undefined : 'needs overlayfs in the kernel',
    / cgroup2? /.test(readFileSync('/proc/mounts', 'utf8')) ? undefined : 'needs a mounted cgroup file system',
    machineMirrors() ? undefined : 'apt has no Debian mirror: set NODEPREP_LAB_MIRROR',
  ].filter(problem => problem !== undefined);
}

/** Installs what the lab needs on this machine; does nothing where all is there. */
export async function ensureLabPackages(needed = NEEDED): Promise<string[]> {
  const missing = missingPackages(needed);
  if (missing.length === 0) return [];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await must('apt-get', ['update', '-qq'], { env });
  await must('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...missing], { env });
  return missing;
}

export function missingPackages(needed = NEEDED): string[] {
  const packages = Object.entries(needed).flatMap(([command, name]) => (hasCommand(command) ? [] : [name]));
  return [...new Set(packages)];
}

function hasCommand(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(directory => {
    try {
      accessSync(join(directory, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
