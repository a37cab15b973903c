import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compileRound } from '../../src/apply/compile.ts';
import { readHostTemplates } from '../../src/apply/host-templates.ts';
import { settingsFile } from '../../src/apply/programs.ts';
import type { Change } from '../../src/changes/change.ts';
import type { HostRoot } from './host-root.ts';

type EngineMode = 'run' | 'stage' | 'recover' | 'rollback' | 'reset';

const engineText = readHostTemplates().engine;

/**
 * A run directory as the launcher leaves it, for driving the engine without a session. It answers its own holds unless told
 * otherwise; `tuning` sets what the engine's parts begin with.
 */
export const placeRun = (
  host: HostRoot,
  runId: string,
  rounds: readonly (readonly Change[])[],
  { auto = true, tuning = '' } = {},
): string => {
  const directory = join(host.base, 'runs', runId);
  const identity = { runId, holder: 'ops@test' };
  const settings = settingsFile(host.settings, identity, { auto });
  const files = [
    { path: 'engine.sh', text: engineText },
    { ...settings, text: settings.text + tuning },
    { path: 'journal', text: '' },
    { path: 'backup/.keep', text: '' },
    ...rounds.flatMap((changes, index) => compileRound(changes, index + 1).files),
  ];
  for (const file of files) {
    mkdirSync(dirname(join(directory, file.path)), { recursive: true });
    writeFileSync(join(directory, file.path), file.text);
  }
  return directory;
};

/** Runs the engine to its end or its death, as leader of its own session like the launcher starts it. */
export const runEngine = (host: HostRoot, runId: string, mode: EngineMode) => {
  const directory = join(host.base, 'runs', runId);
  const done = spawnSync('setsid', ['-w', 'sh', join(directory, 'engine.sh'), mode, directory, 'none'], {
    encoding: 'utf8',
  });
  return { code: done.status, signal: done.signal, stderr: done.stderr };
};

/** Starts the engine without waiting, as leader of its own session. */
export const startEngine = (host: HostRoot, runId: string, mode: EngineMode) => {
  const directory = join(host.base, 'runs', runId);
  return spawn('sh', [join(directory, 'engine.sh'), mode, directory, 'none'], { detached: true, stdio: 'ignore' });
};

export const lastEntry = (host: HostRoot, runId: string): string =>
  host.journal(runId).trimEnd().split('\n').at(-1) ?? '';
