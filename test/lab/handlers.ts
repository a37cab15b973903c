import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode } from './node.ts';
import { runcFor } from './pods.ts';
import { buildGo, type GoBuild } from './tools.ts';

/**
 * crun of the distribution may not lower OOM scores either, and its package comes while nodeprep is at work: the wrapper takes its place
 * as soon as dpkg has put it down, and goes with it.
 */
export async function prepareCrun(node: LabNode): Promise<void> {
  await node.sh(
    `dpkg-divert --quiet --rename --divert /usr/bin/crun.real --add /usr/bin/crun
    cat >/usr/local/lib/lab-crun && chmod 755 /usr/local/lib/lab-crun
    printf '%s\\n' '#!/bin/sh' 'if [ -e /usr/bin/crun.real ]; then cp /usr/local/lib/lab-crun /usr/bin/crun; else rm -f /usr/bin/crun; fi' >/usr/local/lib/lab-crun-follows
    chmod 755 /usr/local/lib/lab-crun-follows
    echo post-invoke=/usr/local/lib/lab-crun-follows >/etc/dpkg/dpkg.cfg.d/lab-crun`,
    { input: runcFor('/usr/bin/crun.real') },
  );
}

const gvisor: GoBuild = {
  folder: 'gvisor',
  packages: ['gvisor.dev/gvisor/runsc', 'gvisor.dev/gvisor/shim'],
  // It reaches into Go's runtime by name.
  ldflags: '-s -w -checklinkname=0',
  rename: { shim: 'containerd-shim-runsc-v1' },
};

/** gVisor of July 2024, runsc and its shim for containerd; built once. It takes every network for that of the host since Linux 6.11 (google/gvisor#10704): no sandbox of it in trixie. */
export async function installGvisor(node: LabNode): Promise<void> {
  const directory = await buildGo(gvisor);
  for (const name of ['runsc', 'containerd-shim-runsc-v1']) {
    const path = `/usr/local/bin/${name}`;
    await node.sh(`cat >${path} && chmod 755 ${path}`, { input: readFileSync(join(directory, name)) });
  }
}
