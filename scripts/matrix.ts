import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderCritest } from './critest-table.ts';
import { renderDisturbed } from './disruption-seen-table.ts';
import { renderMatrix } from './matrix-table.ts';
import { renderMigrations } from './migrations-table.ts';

/** `npm run test:matrix [file…]`: the tests on nodes and in clusters in full, and pages in docs/ made of what they have seen. */
const pages = {
  matrix: renderMatrix,
  migrations: renderMigrations,
  'disruption-seen': renderDisturbed,
  critest: renderCritest,
};
const scratch = mkdtempSync(join(tmpdir(), 'nodeprep-matrix-'));
const reportFile = join(scratch, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
const projects = ['nodes', 'cluster', 'kernel'].flatMap(name => ['--project', name]);
const words = ['run', ...projects, '--maxWorkers=2', ...reporters, ...process.argv.slice(2)];
const env = { ...process.env, NODEPREP_MATRIX: '1' };
try {
  process.exitCode = spawnSync('vitest', words, { stdio: 'inherit', env }).status ?? 1;
  const report = JSON.parse(readFileSync(reportFile, 'utf8'));
  const today = new Date().toISOString().slice(0, 10);
  for (const [name, render] of Object.entries(pages)) {
    const page = new URL(`../docs/${name}.md`, import.meta.url);
    writeFileSync(page, render(readFileSync(page, 'utf8'), report, today));
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
