import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { ensureBridge } from './bridge.ts';
import { containerdPrograms } from './cluster/programs.ts';
import { withLock } from './lock.ts';
import type { LabNode } from './node.ts';
import { runcFor } from './pods.ts';
import { must } from './run.ts';
import { BRIDGE_ADDRESS, LAB_DIR } from './settings.ts';
import { unpackOriginals } from './upstream/build.ts';
import { CRI_DOCKERD_RELEASE, CRIO_RELEASE, criDockerdPrograms, crioPrograms } from './upstream/programs.ts';

export interface LabArchive {
  /** On this machine. */
  readonly file: string;
  readonly sha256: string;
}

const DIRECTORY = join(LAB_DIR, 'archives');

/** As upstream's release has it: `bin/` with containerd 2.2, built once by the lab. */
export async function containerdArchive(): Promise<LabArchive> {
  const programs = await containerdPrograms();
  return made(`${basename(programs)}.tar.gz`, async (scratch, out) => {
    mkdirSync(join(scratch, 'bin'));
    for (const name of ['containerd', 'containerd-shim-runc-v2', 'ctr']) {
      copyFileSync(join(programs, name), join(scratch, 'bin', name));
    }
    await pack(scratch, 'bin/', out);
  });
}

/** The same, with a program that says it is another version of the same length. */
export async function otherContainerdArchive(): Promise<LabArchive> {
  const programs = await containerdPrograms();
  return made(`${basename(programs)}-2.2.9.tar.gz`, async (scratch, out) => {
    mkdirSync(join(scratch, 'bin'));
    for (const name of ['containerd', 'containerd-shim-runc-v2', 'ctr']) {
      const text = `sed 's/\\([^0-9.]\\)2\\.2\\.0\\([^0-9.]\\)/\\12.2.9\\2/g' "$0" >"$1" && chmod 755 "$1"`;
      if (name === 'containerd')
        await must('sh', ['-c', text, join(programs, name), join(scratch, 'bin', name)], { env: { LC_ALL: 'C' } });
      else copyFileSync(join(programs, name), join(scratch, 'bin', name));
    }
    await pack(scratch, 'bin/', out);
  });
}

/** The same of Debian's containerd, 1.7 on trixie. */
export const debianContainerdArchive = (node: LabNode): Promise<LabArchive> =>
  made(`containerd-${node.suite}.tar.gz`, async (scratch, out) => {
    const tree = await unpackedPackage(node, 'containerd', scratch);
    await pack(join(tree, 'usr'), 'bin/', out);
  });

/** Debian's runc, as the single program that upstream releases. */
export const runcArchive = (node: LabNode): Promise<LabArchive> => programArchive(node, 'runc');

/** A script in runc's place, by which a node without CAP_SYS_RESOURCE runs sandboxes; the program itself is put at `real`. */
export async function leanRuncArchive(node: LabNode): Promise<LabArchive> {
  const real = '/usr/local/sbin/runc.real';
  const { file } = await runcArchive(node);
  await node.sh(`cat >${real} && chmod 755 ${real}`, { input: readFileSync(file) });
  return made('runc-lean', async (_scratch, out) => writeFileSync(out, runcFor(real)));
}

/** Some of Debian's CNI plugins, at the top of the archive as upstream has them. */
export const cniArchive = (node: LabNode): Promise<LabArchive> =>
  made(`cni-plugins-${node.suite}.tgz`, async (scratch, out) => {
    const tree = await unpackedPackage(node, 'containernetworking-plugins', scratch);
    await pack(join(tree, 'usr/lib/cni'), './loopback', out, './host-local');
  });

/** As upstream's release has it: a directory with one program, and no units. */
export async function criDockerdArchive(): Promise<LabArchive> {
  const programs = await criDockerdPrograms();
  return made(`cri-dockerd-${CRI_DOCKERD_RELEASE}.amd64.tgz`, async (scratch, out) => {
    mkdirSync(join(scratch, 'cri-dockerd'));
    copyFileSync(join(programs, 'cri-dockerd'), join(scratch, 'cri-dockerd', 'cri-dockerd'));
    await pack(scratch, 'cri-dockerd/', out);
  });
}

/** Where a node keeps the OCI runtimes that scripts in the bundle call. */
const REAL_RUNTIMES = '/srv/lab-runtimes';

/**
 * As upstream's static bundle has it, of the CRI-O that the lab built and Debian's helpers (conmonrs is left out, Debian has none). In
 * place of crun and runc are scripts by which a node without CAP_SYS_RESOURCE runs sandboxes; the programs themselves are put on the node.
 */
export async function crioArchive(node: LabNode): Promise<LabArchive> {
  const programs = await crioPrograms();
  const runtimes = ['crun', 'runc'];
  const archive = await made(`cri-o.amd64.v${CRIO_RELEASE}.tar.gz`, async (scratch, out) => {
    const bundle = join(scratch, 'cri-o');
    for (const directory of ['bin', 'cni-plugins', 'contrib', 'etc'])
      mkdirSync(join(bundle, directory), { recursive: true });
    for (const name of ['crio', 'pinns']) copyFileSync(join(programs, name), join(bundle, 'bin', name));
    const tree = await unpackedPackage(node, 'conmon', scratch);
    copyFileSync(join(tree, 'usr/bin/conmon'), join(bundle, 'bin', 'conmon'));
    for (const name of runtimes) {
      writeFileSync(join(bundle, 'bin', name), runcFor(`${REAL_RUNTIMES}/${name}`), { mode: 0o755 });
    }
    writeFileSync(join(bundle, 'install'), '#/usr/bin/env sh\nexit 1\n');
    writeFileSync(join(bundle, 'etc', 'crictl.yaml'), 'runtime-endpoint: "unix:///var/run/crio/crio.sock"\n');
    writeFileSync(join(bundle, 'contrib', 'policy.json'), '{ "default": [{ "type": "reject" }] }\n');
    await pack(scratch, 'cri-o/', out);
  });
  await node.sh(`mkdir -p ${REAL_RUNTIMES}`);
  for (const name of runtimes) {
    const { file } = await programArchive(node, name);
    const path = `${REAL_RUNTIMES}/${name}`;
    await node.sh(`cat >${path} && chmod 755 ${path}`, { input: readFileSync(file) });
  }
  return archive;
}

/** Of Debian's package, which is not installed; a node has no need of apt for it. */
const programArchive = ({ suite }: Pick<LabNode, 'suite'>, name: string): Promise<LabArchive> =>
  made(`${name}-${suite}`, async (scratch, out) => {
    const tree = await unpackedPackage({ suite }, name, scratch);
    const found = (await must('find', [tree, '-name', name, '-type', 'f', '-perm', '-100'])).trim().split('\n')[0];
    copyFileSync(found ?? '', out);
  });

async function made(name: string, make: (scratch: string, out: string) => Promise<void>): Promise<LabArchive> {
  const file = join(DIRECTORY, name);
  mkdirSync(DIRECTORY, { recursive: true });
  await withLock(`archive-${name}`, async () => {
    if (existsSync(file)) return;
    const scratch = mkdtempSync(join(DIRECTORY, 'scratch-'));
    try {
      await make(scratch, `${file}.part`);
      renameSync(`${file}.part`, file);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
  return { file, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') };
}

// Level 1: the best compression of 80 MB takes longer than any test.
const pack = (from: string, member: string, out: string, ...more: readonly string[]): Promise<string> =>
  must('tar', ['--owner=0', '--group=0', '-I', 'gzip -1', '-C', from, '-cf', out, member, ...more]);

async function unpackedPackage({ suite }: Pick<LabNode, 'suite'>, name: string, scratch: string): Promise<string> {
  const originals = join(scratch, 'originals');
  await withLock(`upstream-${suite}`, () => unpackOriginals([name], suite, originals));
  return join(originals, name);
}

/** Serves archives to the nodes, as a mirror inside a company would; closed with the process that opened it. */
export interface ArchiveServer {
  /** Where nodes find it. */
  url(archive: LabArchive, way?: 'whole' | 'cut'): string;
  /** Paths that were asked for. */
  readonly requests: readonly string[];
  close(): void;
}

export async function openArchiveServer(archives: readonly LabArchive[]): Promise<ArchiveServer> {
  await ensureBridge();
  const files = new Map(archives.map(({ file }) => [basename(file), file]));
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    const [, way = '', name = ''] = (request.url ?? '').split('/');
    requests.push(request.url ?? '');
    const file = files.get(name);
    if (file === undefined) {
      response.writeHead(404).end('there is no such file\n');
      return;
    }
    const { size } = statSync(file);
    response.writeHead(200, { 'content-length': size });
    const stream = createReadStream(file, way === 'cut' ? { end: Math.floor(size / 2) } : {});
    stream.pipe(response, { end: way !== 'cut' });
    if (way === 'cut') stream.on('end', () => setTimeout(() => response.destroy(), 200));
  });
  await new Promise<void>(resolve => server.listen(0, BRIDGE_ADDRESS, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: ({ file }, way = 'whole') => `http://${BRIDGE_ADDRESS}:${port}/${way}/${basename(file)}`,
    requests,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
