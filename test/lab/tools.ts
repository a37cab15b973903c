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

export interface GoBuild {
  /** In `go/`: its go.mod and go.sum pin every byte of the sources. */
  readonly folder: string;
  readonly packages: readonly string[];
  /** The program is the tests of the one package, under this name. */
  readonly tests?: string;
  readonly ldflags?: string;
  readonly tags?: readonly string[];
  /** Needs a C compiler and the headers of the libraries that it links. */
  readonly cgo?: true;
  /** A C program in a module's sources: its files there → what it is called. */
  readonly c?: { readonly module: string; readonly sources: string; readonly program: string };
  /** Name that the compiler gives → name that the program goes by. */
  readonly rename?: Readonly<Record<string, string>>;
}

export function goDirectory(folder: string): string {
  return fileURLToPath(new URL(`./go/${folder}`, import.meta.url));
}

export function isBuilt(build: GoBuild): boolean {
  return existsSync(buildDirectory(build));
}

/** Builds programs of one of the modules in `go/`, once, and gives the directory that they are in. */
export async function buildGo(wanted: GoBuild): Promise<string> {
  const out = buildDirectory(wanted);
  if (existsSync(out)) return out;
  return withLock(`go-${wanted.folder}`, async () => {
    if (!existsSync(out)) await build(wanted, out);
    return out;
  });
}

const DEFAULT_FLAGS = '-s -w';

/** Where the programs are once they are built. */
export function buildDirectory({ folder, packages, ldflags = DEFAULT_FLAGS, tags = [] }: GoBuild): string {
  const sums = readFileSync(join(goDirectory(folder), 'go.sum'), 'utf8');
  const key = createHash('sha256')
    .update([sums, ...packages, ldflags, ...tags].join('\n'))
    .digest('hex')
    .slice(0, 10);
  return join(LAB_DIR, 'bin', `${folder}-${key}`);
}

async function build(wanted: GoBuild, out: string): Promise<void> {
  const { folder, packages, ldflags = DEFAULT_FLAGS, rename = {}, tags = [] } = wanted;
  // A copy, so that the build writes nothing into the tree.
  const copy = mkdtempSync(join(tmpdir(), 'nodeprep-go-'));
  const part = `${out}.part`;
  try {
    cpSync(goDirectory(folder), copy, { recursive: true });
    mkdirSync(part, { recursive: true });
    const tagged = tags.length === 0 ? [] : ['-tags', tags.join(' ')];
    const goal =
      wanted.tests === undefined ? ['build', '-o', `${part}/`] : ['test', '-c', '-o', join(part, wanted.tests)];
    await must('go', ['-C', copy, ...goal, '-ldflags', ldflags, ...tagged, ...packages], {
      // Debian's Go may be older than a module asks for; it then gets the one that is asked for as a module too.
      env: { CGO_ENABLED: wanted.cgo === true ? '1' : '0', GOTOOLCHAIN: 'auto' },
    });
    if (wanted.c !== undefined) await buildC(wanted.c, copy, part);
    for (const [from, to] of Object.entries(rename)) renameSync(join(part, from), join(part, to));
    renameSync(part, out);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function buildC(wanted: NonNullable<GoBuild['c']>, copy: string, part: string): Promise<void> {
  const found = await must('go', ['-C', copy, 'list', '-m', '-f', '{{.Dir}}', wanted.module]);
  await must('sh', ['-c', `gcc -O2 -o "$1" "$2"/${wanted.sources}`, 'sh', join(part, wanted.program), found.trim()]);
}

/** Kubernetes' own CRI client, anywhere in the node: the second opinion on what nodeprep reads over CRI. */
export async function putCrictl(node: LabNode, path: string): Promise<void> {
  const directory = await buildGo({ folder: 'cri-tools', packages: ['sigs.k8s.io/cri-tools/cmd/crictl'] });
  const program = readFileSync(join(directory, 'crictl'));
  await node.sh(`cat >${path} && chmod 755 ${path}`, { input: program });
}

/** Where operators have it, with its configuration. */
export async function installCrictl(node: LabNode, endpoint = 'unix:///run/containerd/containerd.sock'): Promise<void> {
  await putCrictl(node, '/usr/local/bin/crictl');
  await node.sh('cat >/etc/crictl.yaml', { input: `runtime-endpoint: ${endpoint}\nimage-endpoint: ${endpoint}\n` });
}
