import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureBridge } from './bridge.ts';
import { withLock } from './lock.ts';
import { machineMirrors } from './mirrors.ts';
import { identify, isAlive, type ProcessId, signal, waitGone } from './processes.ts';
import { LabError, sleep } from './run.ts';
import { BRIDGE_ADDRESS, FRONT_PORT, FRONT_URL, LAB_DIR } from './settings.ts';

const PID_FILE = join(LAB_DIR, 'front.json');
const LOG_FILE = join(LAB_DIR, 'front.log');

/** Starts the package front unless it runs. It stays when this process ends; `stopFront` ends it. */
export async function ensureFront(): Promise<void> {
  await ensureBridge();
  if (await isHealthy()) return;
  await withLock('front', async () => {
    if (await isHealthy()) return;
    await stopFront();
    const pid = startFront();
    const deadline = Date.now() + 20_000;
    while (!(await isHealthy())) {
      if (Date.now() > deadline || identify(pid) === undefined) {
        throw new LabError(`the package front did not start:\n${readFileSync(LOG_FILE, 'utf8').slice(-2000)}`);
      }
      await sleep(50);
    }
  });
}

export async function stopFront(): Promise<void> {
  const id = frontProcess();
  if (id === undefined) return;
  signal(id, 'SIGTERM');
  if (!(await waitGone(id, 3000))) signal(id, 'SIGKILL');
  rmSync(PID_FILE, { force: true });
}

export function frontProcess(): ProcessId | undefined {
  try {
    const id = JSON.parse(readFileSync(PID_FILE, 'utf8')) as ProcessId;
    return isAlive(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

function startFront(): number {
  mkdirSync(LAB_DIR, { recursive: true });
  const log = openSync(LOG_FILE, 'a');
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm')).href;
  const program = fileURLToPath(new URL('./front-server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', loader, program, JSON.stringify(config())], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (id === undefined) throw new LabError('the package front could not be started');
  writeFileSync(PID_FILE, JSON.stringify(id));
  return id.pid;
}

function config(): object {
  const mirrors = machineMirrors();
  if (mirrors === undefined) throw new LabError('apt on this machine has no Debian mirror');
  return {
    address: BRIDGE_ADDRESS,
    port: FRONT_PORT,
    cache: join(LAB_DIR, 'packages'),
    mirrors: { debian: mirrors.main, ...(mirrors.security === undefined ? {} : { security: mirrors.security }) },
  };
}

async function isHealthy(): Promise<boolean> {
  if (frontProcess() === undefined) return false;
  try {
    return (await fetch(`${FRONT_URL}/-/health`, { signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}
