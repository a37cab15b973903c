import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireLab } from '../require.ts';
import { goDirectory, isBuilt } from '../tools.ts';
import { type ClusterVersion, DEFAULT_VERSION, kubernetesBuild } from './programs.ts';

const ANSWER_MS = 300_000;

/**
 * Why a cluster cannot stand here, or undefined: for `describe.skipIf(requireClusterLab())`.
 * The default version is built when a test asks for it; others, six minutes each, only by hand.
 */
export function requireClusterLab(version: ClusterVersion = DEFAULT_VERSION): string | undefined {
  const lab = requireLab();
  if (lab !== undefined) return lab;
  const build = kubernetesBuild(version);
  if (isBuilt(build)) return undefined;
  if (version !== DEFAULT_VERSION) return `not built: npm run lab -- build-cluster --version ${version}`;
  const problem = buildProblem(build.folder);
  return problem && `cluster lab: ${problem}`;
}

// Asks for the module that everything else hangs on: tells a missing Go, an old one and a proxy out of reach.
function buildProblem(folder: string): string | undefined {
  const copy = mkdtempSync(join(tmpdir(), 'nodeprep-go-'));
  try {
    cpSync(goDirectory(folder), copy, { recursive: true });
    const env = { ...process.env, GOTOOLCHAIN: 'auto' };
    const answer = spawnSync('go', ['-C', copy, 'mod', 'download', 'k8s.io/kubernetes'], {
      env,
      encoding: 'utf8',
      timeout: ANSWER_MS,
    });
    if (answer.error !== undefined && 'code' in answer.error && answer.error.code === 'ENOENT') return 'needs Go';
    if (answer.status === 0) return undefined;
    return `Go cannot get Kubernetes' source: ${answer.stderr.trim().split('\n').at(-1) || 'no answer'}`;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
