import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Image } from './image.ts';
import type { LabNode } from './node.ts';
import { politeImage } from './pause.ts';
import { must, run } from './run.ts';
import { buildGo, goProblem } from './tools.ts';

type Images = Readonly<Record<string, Image>>;

/** Why critest and its images cannot be built here, or undefined. */
export async function critestProblem(): Promise<string | undefined> {
  const compiler = await run('gcc', ['--version']).catch(() => undefined);
  return (await goProblem()) ?? (compiler?.code === 0 ? undefined : 'needs gcc');
}

/** Kubernetes' own tests of what speaks CRI, in the node: `/root/critest`. Built once. */
export async function putCritest(node: LabNode): Promise<void> {
  const build = { folder: 'cri-tools', packages: ['sigs.k8s.io/cri-tools/cmd/critest'], tests: 'critest' };
  const program = readFileSync(join(await buildGo(build), 'critest'));
  await node.sh('cat >/root/critest && chmod 755 /root/critest', { input: program });
}

/** From where critest takes its images. */
export const critestRegistries = ['registry.k8s.io', 'gcr.io', 'k8s.gcr.io'] as const;

/**
 * What critest runs and looks at, by repository and tag, made on the spot: busybox, also in the parts of nginx and Apache, and something
 * under each name that the tests of images ask for. The node needs busybox, not
 * its static build: that shell runs its own `ls` whether or not there is one on the PATH.
 */
export async function critestImages(node: LabNode): Promise<Images> {
  // The first process of a container has no default action for SIGTERM, and CRI-O waits for it as long as critest lets it, five minutes.
  const busybox = { names: [], programs: await busyboxFiles(node), stopSignal: 'SIGKILL' };
  const setuid = { path: 'bin/effective-uid', content: await effectiveUid(), mode: 0o4755 };
  const marked = (name: string): Image => ({ ...pause, programs: [...pause.programs, text('mark', name)] });
  const owned = (user: string): Image => ({ ...pause, user });
  return {
    'pause:3.9': marked('3.9'),
    'pause:3.10.1': pause,
    ...below('e2e-test-images', {
      'busybox:1.29-2': { ...busybox, entrypoint: ['sh'] },
      'nginx:1.14-2': { ...busybox, entrypoint: serving('nginx', 80) },
      'httpd:2.4.39-4': { ...busybox, entrypoint: serving('httpd', 80) },
      'nonewprivs:1.3': { ...busybox, programs: [...busybox.programs, setuid], entrypoint: ['/bin/effective-uid'] },
    }),
    ...below('k8s-staging-cri-tools', {
      [`hostnet-nginx-${process.arch === 'x64' ? 'amd64' : 'arm64'}:latest`]: {
        ...busybox,
        entrypoint: serving('nginx', 12003),
      },
      'test-image-predefined-group:latest': { ...busybox, user: '1000' },
      'test-image-user-uid:latest': owned('1002'),
      'test-image-user-username:latest': owned('www-data'),
      'test-image-user-uid-group:latest': owned('1003:1004'),
      'test-image-user-username-group:latest': owned('www-data:1004'),
      ...Object.fromEntries(['1', '2', '3'].map(tag => [`test-image-tags:${tag}`, marked('tags')])),
      ...Object.fromEntries(
        ['latest:latest', '1:latest', '2:latest', '3:latest', 'tag:test', 'tag:all'].map(name => [
          `test-image-${name}`,
          marked(name),
        ]),
      ),
    }),
  };
}

const pause = politeImage([]);

const below = (project: string, images: Images): Images =>
  Object.fromEntries(Object.entries(images).map(([name, image]) => [`${project}/${name}`, image]));

const text = (path: string, content: string) => ({ path, content: Buffer.from(content) });
const link = (path: string) => ({ path, content: Buffer.alloc(0), link: 'bin/busybox' });

/** To whom looks at the process it is the real one: its name, its title, its file with the pid. Busybox goes by what follows the slash. */
const serving = (name: string, port: number): readonly string[] => [
  '/bin/sh',
  '-c',
  `echo ${name}; mkdir -p /var/run; echo $$ >/var/run/${name}.pid
  exec -a '${name}: master process /httpd' /bin/${name} -f -p ${port} -h /www`,
];

const busyboxFiles = async (node: LabNode): Promise<Image['programs']> => {
  const contentOf = async (path: string) => Buffer.from(await node.sh(`base64 -w 0 ${path}`), 'base64');
  const libraries = (await node.sh("ldd /usr/bin/busybox | grep -o '/[^ ]*'")).split('\n');
  const applets = (await node.sh('busybox --list')).split('\n').filter(name => name !== 'busybox');
  return [
    { path: 'bin/busybox', content: await contentOf('/usr/bin/busybox') },
    ...(await Promise.all(libraries.map(async path => ({ path: path.slice(1), content: await contentOf(path) })))),
    ...[...applets, 'nginx'].map(name => link(`bin/${name}`)),
    text('etc/passwd', `${users.map(([name, id]) => `${name}:x:${id}:${id}::/:/bin/sh`).join('\n')}\n`),
    text(
      'etc/group',
      `${users.map(([name, id]) => `${name}:x:${id}:`).join('\n')}\ndefined-in-image:x:50000:default-user\n`,
    ),
    // Debian's busybox has neither.
    text('bin/pgrep', '#!/bin/sh\nexec pidof "$@"\n'),
    text('bin/ipcs', '#!/bin/sh\nexec cat /proc/sysvipc/shm\n'),
    text('tmp/.keep', ''),
    text('www/index.html', '<h1>Welcome</h1>\n'),
  ];
};

const users = [
  ['root', 0],
  ['www-data', 33],
  ['default-user', 1000],
  ['nobody', 65534],
] as const;

/** Setuid, and tells whom it runs as; busybox gives such rights up. */
async function effectiveUid(): Promise<Buffer> {
  const scratch = mkdtempSync(join(tmpdir(), 'nodeprep-critest-'));
  try {
    const out = join(scratch, 'effective-uid');
    const input =
      '#include <stdio.h>\n#include <unistd.h>\nint main(void) { printf("Effective uid: %d\\n", geteuid()); }\n';
    await must('gcc', ['-static', '-O2', '-s', '-x', 'c', '-o', out, '-'], { input });
    return readFileSync(out);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
