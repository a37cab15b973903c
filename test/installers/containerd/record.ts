/**
 * Writes what the planner makes of every case and what real daemons read from it:
 *   npx tsx test/installers/containerd/record.ts DIRECTORY
 * DIRECTORY holds containerd programs named by version (`1.6.20`, `1.7.24`, `2.1.9`). Look at the difference before you commit it.
 */

import { deepStrictEqual } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import toml from '@iarna/toml';
import { readContainerdConfig } from '../../../src/core/containerd-config.ts';
import {
  type ConfigSet,
  disabledPlugins,
  mergeFiles,
  readConfigSet,
} from '../../../src/installers/containerd/config-set.ts';
import { planConfig } from '../../../src/installers/containerd/edit-config.ts';
import { migrateSchema } from '../../../src/installers/containerd/migrate-schema.ts';
import { v2Plugin } from '../../../src/installers/containerd/plugin-names.ts';
import { type Case, cases, containerdOf, desiredOf, expectedPath, inForcePath, migrations } from './cases.ts';

const [programs] = process.argv.slice(2);
if (programs === undefined) throw new Error('usage: record.ts DIRECTORY-OF-PROGRAMS');

for (const entry of [...cases, ...migrations]) {
  const inForce: Record<string, unknown> = {};
  for (const version of entry.versions) {
    const containerd = containerdOf(entry, version);
    const read = readConfigSet(containerd, version);
    if (!read.ok) throw new Error(JSON.stringify(read.refusals));
    proveMigration(entry, version, read.set);
    const plan = planConfig(read.set, desiredOf(entry), false);
    if (plan.refusals.length > 0) throw new Error(`${entry.folder} ${version}: ${JSON.stringify(plan.refusals)}`);
    const after = new Map(read.set.files.map(({ file, text }) => [file.path, text]));
    for (const change of plan.changes) {
      if (change.after.state !== 'file') continue;
      after.set(change.path, change.after.text);
      const path = expectedPath(entry, version, change.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, change.after.text);
    }
    inForce[version] = readContainerdConfig(dump(join(programs, version), after));
  }
  writeFileSync(inForcePath(entry), `${JSON.stringify(inForce, null, 2)}\n`);
}

/**
 * 2.x migrates older files in memory: what it makes of the file that is there, and of what `migrateSchema` writes, must be the same.
 * Left out: files that it refuses, or reads only in part, and the table of a CRI plugin that is off, which it leaves alone.
 */
function proveMigration(entry: Case, version: string, set: ConfigSet): void {
  const migrated = migrateSchema(set, desiredOf(entry).runtime);
  if (!migrated.ok) throw new Error(`${entry.folder} ${version}: ${migrated.refusal.message}`);
  if (!migrated.isMigrated || ['containerd-io-2', 'docker-appended', 'unversioned-v1'].includes(entry.folder)) return;
  const program = join(programs ?? '', version);
  const textsOf = ({ files }: ConfigSet) => new Map(files.map(({ file, text }) => [file.path, text]));
  const isOff = disabledPlugins(mergeFiles(set)).includes(v2Plugin);
  const told = (files: ConfigSet) => {
    const { plugins, ...others } = toml.parse(dump(program, textsOf(files))) as { plugins: Record<string, unknown> };
    const { [v2Plugin]: server, ...rest } = plugins;
    return { ...others, plugins: isOff ? rest : plugins };
  };
  deepStrictEqual(told(migrated.set), told(set), `${entry.folder} ${version}`);
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
