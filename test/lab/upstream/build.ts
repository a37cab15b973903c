import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureBase } from '../base.ts';
import { makeLayer } from '../layer.ts';
import { withLock } from '../lock.ts';
import { LabError, must } from '../run.ts';
import { LAB_DIR, type Suite } from '../settings.ts';
import type { UpstreamPackage } from './packages.ts';

/** The file of a package, made once for a suite and kept. */
export const buildUpstream = (made: UpstreamPackage, suite: Suite): Promise<string> =>
  buildOnce(made, suite, fileName(made, 'deb'), async (tree, file) => {
    await writeControl(made, tree);
    // Not compressed: xz takes a minute for a runtime.
    await must('dpkg-deb', ['--root-owner-group', '-Znone', '-b', tree, file]);
  });

/** `pack` makes the file of a tree that has everything but what only its format needs. */
export function buildOnce(
  made: UpstreamPackage,
  suite: Suite,
  named: Promise<string>,
  pack: (tree: string, file: string) => Promise<unknown>,
): Promise<string> {
  return withLock(`upstream-${suite}`, async () => {
    const programs = await made.programs?.();
    const key = createHash('sha256')
      .update(JSON.stringify([made, programs]))
      .digest('hex')
      .slice(0, 10);
    const file = join(LAB_DIR, 'upstream', suite, key, await named);
    if (existsSync(file)) return file;
    const scratch = mkdtempSync(join(LAB_DIR, 'upstream-'));
    try {
      await unpackOriginals(made.originals, suite, join(scratch, 'originals'));
      const tree = join(scratch, 'tree');
      mkdirSync(tree);
      await must('sh', ['-euc', made.build], {
        env: { O: join(scratch, 'originals'), P: programs ?? '' },
        cwd: tree,
      });
      writeFiles(tree, made.files ?? {});
      mkdirSync(dirname(file), { recursive: true });
      await pack(tree, `${file}.part`);
      renameSync(`${file}.part`, file);
      return file;
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}

export const architecture = async (): Promise<string> => (await must('dpkg', ['--print-architecture'])).trim();

/** As apt names it: without the epoch. */
const fileName = async ({ name, version }: UpstreamPackage, end: string): Promise<string> =>
  `${name}_${version.replace(/^\d+:/, '')}_${await architecture()}.${end}`;

/** Debian's packages, fetched once for a suite, as trees; without those that the suite does not have. */
export async function unpackOriginals(originals: readonly string[], suite: Suite, into: string): Promise<void> {
  const cache = join(LAB_DIR, 'upstream', suite, 'originals');
  mkdirSync(into);
  mkdirSync(cache, { recursive: true });
  for (const name of originals) {
    const isIts = (file: string): boolean => file.startsWith(`${name}_`);
    if (!readdirSync(cache).some(isIts)) await fetchOriginal(name, suite, cache);
    const file = readdirSync(cache).find(isIts);
    // docker-cli is a package of its own from trixie on.
    if (file === undefined) continue;
    await must('dpkg-deb', ['-x', join(cache, file), join(into, name)]);
  }
}

async function fetchOriginal(name: string, suite: Suite, cache: string): Promise<void> {
  const layer = join(LAB_DIR, 'upstream', suite, `fetched-${name}`);
  const fetch = `mkdir /srv/lab && cd /srv/lab && apt-get -qq -o APT::Sandbox::User=root download ${name}`;
  try {
    await makeLayer(await ensureBase({ suite }), layer, fetch);
    const file = readdirSync(join(layer, 'srv/lab')).find(found => found.startsWith(`${name}_`));
    if (file === undefined) throw new LabError(`${name} did not come`);
    cpSync(join(layer, 'srv/lab', file), join(cache, file));
  } catch (error) {
    if (!/Unable to locate package|no installation candidate/i.test(String(error))) throw error;
  } finally {
    rmSync(layer, { recursive: true, force: true });
  }
}

async function writeControl(made: UpstreamPackage, tree: string): Promise<void> {
  const { name, version, fields, conffiles = [] } = made;
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${await architecture()}`,
    'Maintainer: lab <lab@example.com>',
    ...fields,
    'Description: upstream package made in the lab',
  ];
  const scripts = maintainerScripts(made);
  writeFiles(tree, {
    '/DEBIAN/control': lines(control),
    ...(conffiles.length === 0 ? {} : { '/DEBIAN/conffiles': lines(conffiles) }),
    ...scripts,
  });
  for (const path of Object.keys(scripts)) chmodSync(join(tree, path), 0o755);
}

export function writeFiles(tree: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
}

const lines = (list: readonly string[]): string => list.map(line => `${line}\n`).join('');

/** What debhelper puts there for units. */
function maintainerScripts({ units, configure = '' }: UpstreamPackage): Record<string, string> {
  const names = (units?.names ?? []).map(name => `'${name}'`).join(' ');
  const head = '#!/bin/sh\nset -e\n';
  if (units === undefined) {
    const reload = '[ ! -d /run/systemd/system ] || systemctl --system daemon-reload >/dev/null || true\n';
    return { '/DEBIAN/postinst': `${head}${configure}\n${reload}`, '/DEBIAN/postrm': `${head}${reload}` };
  }
  const act = units.action === 'start' ? 'start' : '$_dh_action';
  return {
    '/DEBIAN/postinst': `${head}[ "$1" = configure ] || [ "$1" = abort-upgrade ] || [ "$1" = abort-deconfigure ] || [ "$1" = abort-remove ] || exit 0
${configure}
for unit in ${names}; do
  deb-systemd-helper unmask "$unit" >/dev/null || true
  if deb-systemd-helper --quiet was-enabled "$unit"; then
    deb-systemd-helper enable "$unit" >/dev/null || true
  else
    deb-systemd-helper update-state "$unit" >/dev/null || true
  fi
done
if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
  if [ -n "$2" ]; then _dh_action=restart; else _dh_action=start; fi
  deb-systemd-invoke ${act} ${names} >/dev/null || true
fi
`,
    '/DEBIAN/prerm': `${head}if [ "$1" = remove ] && [ -d /run/systemd/system ]; then deb-systemd-invoke stop ${names} >/dev/null || true; fi\n`,
    '/DEBIAN/postrm': `${head}if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl --system daemon-reload >/dev/null || true; fi
if [ "$1" = purge ] && [ -x /usr/bin/deb-systemd-helper ]; then deb-systemd-helper purge ${names} >/dev/null || true; fi\n`,
  };
}
