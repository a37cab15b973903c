import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from './image.ts';
import type { LabNode } from './node.ts';
import { buildGo } from './tools.ts';

/** Kubernetes' own tests of what speaks CRI, in the node: `/root/critest`. Built once. */
export async function putCritest(node: LabNode): Promise<void> {
  const build = { folder: 'cri-tools', packages: ['sigs.k8s.io/cri-tools/cmd/critest'], tests: 'critest' };
  const program = readFileSync(join(await buildGo(build), 'critest'));
  await node.sh('cat >/root/critest && chmod 755 /root/critest', { input: program });
}

/** What its containers run, by name in registry.k8s.io: busybox, once as a web server. The node needs busybox-static. */
export async function critestImages(node: LabNode): Promise<Readonly<Record<string, Image>>> {
  const content = Buffer.from(await node.sh('base64 -w 0 /usr/bin/busybox'), 'base64');
  const applets = (await node.sh('busybox --list')).split('\n').filter(name => name !== 'busybox');
  const text = (path: string, lines: string) => ({ path, content: Buffer.from(lines) });
  const programs = [
    { path: 'bin/busybox', content },
    ...applets.map(name => ({ path: `bin/${name}`, content: Buffer.alloc(0), link: 'busybox' })),
    text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\n'),
    text('etc/group', 'root:x:0:\nwww-data:x:33:\n'),
    text('tmp/.keep', ''),
    text('www/index.html', '<h1>Welcome</h1>\n'),
  ];
  const webServer = ['/bin/httpd', '-f', '-p', '80', '-h', '/www'];
  return {
    'e2e-test-images/busybox:1.29-2': { names: [], programs },
    'e2e-test-images/nginx:1.14-2': { names: [], programs, entrypoint: webServer },
  };
}
