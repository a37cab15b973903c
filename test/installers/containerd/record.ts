/**
 * Writes what the planner makes of every case and what real daemons read from it:
 *   npx tsx test/installers/containerd/record.ts DIRECTORY
 * DIRECTORY holds containerd programs named by version (`1.6.20`, `1.7.24`, `2.1.9`). Look at the difference before you commit it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readContainerdConfig } from '../../../src/core/containerd-config.ts';
import { readConfigSet } from '../../../src/installers/containerd/config-set.ts';
import { planConfig } from '../../../src/installers/containerd/edit-config.ts';
import { cases, containerdOf, desiredOf, expectedPath, fixtures } from './cases.ts';

const [programs] = process.argv.slice(2);
if (programs === undefined) throw new Error('usage: record.ts DIRECTORY-OF-PROGRAMS');

for (const entry of cases) {
  const inForce: Record<string, unknown> = {};
  for (const version of entry.versions) {
    const containerd = containerdOf(entry, version);
    const read = readConfigSet(containerd, version);
    if (!read.ok) throw new Error(JSON.stringify(read.refusals));
    const plan = planConfig(read.set, desiredOf(entry), false);
    if (plan.refusals.length > 0) throw new Error(`${entry.folder} ${version}: ${JSON.stringify(plan.refusals)}`);
    const after = new Map(read.set.files.map(({ file, text }) => [file.path, text]));
    for (const change of plan.changes) {
      if (change.after.state !== 'file') continue;
      after.set(change.path, change.after.text);
      const path = expectedPath(entry.folder, version, change.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, change.after.text);
    }
    inForce[version] = readContainerdConfig(dump(join(programs, version), after));
  }
  writeFileSync(join(fixtures, entry.folder, 'in-force.json'), `${JSON.stringify(inForce, null, 2)}\n`);
}

function dump(program: string, files: ReadonlyMap<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'containerd-config-'));
  for (const [path, text] of files) {
    const target = join(directory, path.replace('/etc/containerd/', ''));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  const text = execFileSync(program, ['--config', join(directory, 'config.toml'), 'config', 'dump'], {
    encoding: 'utf8',
  });
  rmSync(directory, { recursive: true });
  return text;
}
