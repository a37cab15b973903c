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
import { withLock } from '../lock.ts';
import type { LabNode } from '../node.ts';
import { nodeDirectory } from '../record.ts';
import { LabError, must } from '../run.ts';
import { LAB_DIR } from '../settings.ts';
import type { UpstreamPackage } from './packages.ts';

/** The file of a package, made once for a suite and kept. `node` is where Debian's packages are fetched. */
export function buildUpstream(made: UpstreamPackage, node: LabNode): Promise<string> {
  return withLock(`upstream-${node.suite}`, async () => {
    const programs = await made.programs?.();
    const key = createHash('sha256')
      .update(JSON.stringify([made, programs]))
      .digest('hex')
      .slice(0, 10);
    const file = join(LAB_DIR, 'upstream', node.suite, key, fileName(made, await architecture()));
    if (existsSync(file)) return file;
    const scratch = mkdtempSync(join(LAB_DIR, 'upstream-'));
    try {
      await unpackOriginals(made, node, join(scratch, 'originals'));
      const tree = join(scratch, 'tree');
      mkdirSync(tree);
      await must('sh', ['-euc', made.build], {
        env: { O: join(scratch, 'originals'), P: programs ?? '' },
        cwd: tree,
      });
      await writeTree(made, tree);
      mkdirSync(dirname(file), { recursive: true });
      // Not compressed: xz takes a minute for a runtime.
      await must('dpkg-deb', ['--root-owner-group', '-Znone', '-b', tree, `${file}.part`]);
      renameSync(`${file}.part`, file);
      return file;
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}

export const architecture = async (): Promise<string> => (await must('dpkg', ['--print-architecture'])).trim();

/** As apt names it: without the epoch. */
const fileName = ({ name, version }: UpstreamPackage, arch: string): string =>
  `${name}_${version.replace(/^\d+:/, '')}_${arch}.deb`;

async function unpackOriginals({ originals }: UpstreamPackage, node: LabNode, into: string): Promise<void> {
  const cache = join(LAB_DIR, 'upstream', node.suite, 'originals');
  mkdirSync(into);
  mkdirSync(cache, { recursive: true });
  for (const name of originals) {
    const isIts = (file: string): boolean => file.startsWith(`${name}_`);
    if (!readdirSync(cache).some(isIts)) await fetchOriginal(name, node, cache);
    const file = readdirSync(cache).find(isIts);
    // docker-cli is a package of its own from trixie on.
    if (file === undefined) continue;
    await must('dpkg-deb', ['-x', join(cache, file), join(into, name)]);
  }
}

async function fetchOriginal(name: string, node: LabNode, cache: string): Promise<void> {
  const directory = '/srv/lab-originals';
  const fetch = `mkdir -p ${directory} && cd ${directory} && apt-get -qq -o APT::Sandbox::User=root download ${name}`;
  const { code, stderr } = await node.exec(fetch);
  if (code !== 0) {
    if (/Unable to locate package|no installation candidate/i.test(stderr)) return;
    throw new LabError(`${name} could not be fetched: ${stderr}`);
  }
  const inNode = join(nodeDirectory(node.name), 'upper', directory);
  const file = readdirSync(inNode).find(found => found.startsWith(`${name}_`));
  if (file === undefined) throw new LabError(`${name} is not in ${directory}`);
  cpSync(join(inNode, file), join(cache, file));
  await node.sh(`rm -rf ${directory}`);
}

async function writeTree(made: UpstreamPackage, tree: string): Promise<void> {
  const { name, version, fields, files = {}, conffiles = [] } = made;
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${await architecture()}`,
    'Maintainer: lab <lab@example.com>',
    ...fields,
    'Description: upstream package made in the lab',
  ];
  const scripts = maintainerScripts(made);
  const all = {
    ...files,
    '/DEBIAN/control': lines(control),
    ...(conffiles.length === 0 ? {} : { '/DEBIAN/conffiles': lines(conffiles) }),
    ...scripts,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  for (const path of Object.keys(scripts)) chmodSync(join(tree, path), 0o755);
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
