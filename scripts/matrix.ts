import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MatrixReport, renderMatrix } from './matrix-table.ts';

/** `npm run test:matrix [file…]`: the node tests in full, and docs/matrix.md made of what they have seen. */
const page = new URL('../docs/matrix.md', import.meta.url);
const scratch = mkdtempSync(join(tmpdir(), 'nodeprep-matrix-'));
const reportFile = join(scratch, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
const words = ['run', '--project', 'nodes', '--maxWorkers=2', ...reporters, ...process.argv.slice(2)];
const env = { ...process.env, NODEPREP_MATRIX: '1' };
try {
  process.exitCode = spawnSync('vitest', words, { stdio: 'inherit', env }).status ?? 1;
  const report: MatrixReport = JSON.parse(readFileSync(reportFile, 'utf8'));
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(page, renderMatrix(readFileSync(page, 'utf8'), report, today));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
