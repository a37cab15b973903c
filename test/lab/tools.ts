import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.ts';
import type { LabNode } from './node.ts';
import { must, run } from './run.ts';
import { LAB_DIR } from './settings.ts';

/** Why nothing can be built from the Go module proxy here, or undefined. */
export async function goProblem(): Promise<string | undefined> {
  const answer = await run('go', ['version']).catch(() => undefined);
  return answer?.code === 0 ? undefined : 'needs the Go toolchain';
}

/**
 * Builds programs of one of the modules in `go/`, once, and gives the directory that they are in.
 * The folder's go.sum pins every byte, so its hash is the key of the cache.
 */
export async function buildGo(folder: string, packages: readonly string[], ldflags = '-s -w'): Promise<string> {
  const source = fileURLToPath(new URL(`./go/${folder}`, import.meta.url));
  const key = createHash('sha256')
    .update([readFileSync(join(source, 'go.sum')).toString(), ...packages, ldflags].join('\n'))
    .digest('hex')
    .slice(0, 10);
  const out = join(LAB_DIR, 'bin', `${folder}-${key}`);
  if (existsSync(out)) return out;
  return withLock(`go-${folder}`, async () => {
    if (!existsSync(out)) await build(source, packages, ldflags, out);
    return out;
  });
}

async function build(source: string, packages: readonly string[], ldflags: string, out: string): Promise<void> {
  // A copy, so that the build writes nothing into the tree.
  const copy = mkdtempSync(join(tmpdir(), 'nodeprep-go-'));
  const part = `${out}.part`;
  try {
    cpSync(source, copy, { recursive: true });
    mkdirSync(part, { recursive: true });
    await must('go', ['-C', copy, 'build', '-ldflags', ldflags, '-o', `${part}/`, ...packages], {
      env: { CGO_ENABLED: '0' },
    });
    renameSync(part, out);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Kubernetes' own CRI client in the node: the second opinion on what nodeprep reads over CRI. */
export async function installCrictl(node: LabNode, endpoint = 'unix:///run/containerd/containerd.sock'): Promise<void> {
  const directory = await buildGo('cri-tools', ['sigs.k8s.io/cri-tools/cmd/crictl']);
  const program = readFileSync(join(directory, 'crictl'));
  await node.sh('cat >/usr/local/bin/crictl && chmod 755 /usr/local/bin/crictl', { input: program });
  await node.sh('cat >/etc/crictl.yaml', { input: `runtime-endpoint: ${endpoint}\nimage-endpoint: ${endpoint}\n` });
}
