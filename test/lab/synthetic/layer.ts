import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClusterVersion, RELEASES } from '../cluster/programs.ts';

const STAND_INS = fileURLToPath(new URL('./root', import.meta.url));
const HOME = '/usr/lib/synthetic';

/** Path on the host → the stand-in that it becomes. */
const LINKS: Readonly<Record<string, string>> = {
  '/usr/bin/systemctl': 'synthetic-systemctl',
  '/usr/bin/systemd-run': 'synthetic-systemd-run',
  '/usr/bin/kubelet': 'synthetic-kubelet',
  '/usr/bin/ctr': 'synthetic-silent',
  '/usr/bin/journalctl': 'synthetic-silent',
};

const LISTS = '/var/lib/apt/lists';
/** Each host reads its package lists twice; the whole of Debian would take seconds of this machine's processor each time. */
const PACKAGE = /^Package: (containerd|runc)$/m;

/** Writes the layer that turns a real root into a synthetic host's: programs that stand for daemons, everything else is real. */
export function writeLayer(directory: string, version: ClusterVersion, below: readonly string[]): string {
  const place = (path: string): string => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    return join(directory, path);
  };
  cpSync(STAND_INS, place(HOME), { recursive: true });
  for (const [path, program] of Object.entries(LINKS)) {
    chmodSync(join(directory, HOME, program), 0o755);
    symlinkSync(`${HOME}/${program}`, place(path));
  }
  writeFileSync(place(`${HOME}/kubelet-version`), RELEASES[version]);
  for (const layer of below.filter(path => existsSync(join(path, LISTS)))) {
    for (const name of readdirSync(join(layer, LISTS)).filter(each => each.endsWith('_Packages'))) {
      const stanzas = readFileSync(join(layer, LISTS, name), 'utf8').split('\n\n');
      // Nothing at all where none is left: apt takes an empty line for a stanza without a name.
      const kept = stanzas.filter(each => PACKAGE.test(each)).map(each => `${each}\n\n`);
      writeFileSync(place(`${LISTS}/${name}`), kept.join(''));
    }
  }
  return directory;
}
