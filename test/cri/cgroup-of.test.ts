import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { cgroupsOf, fitsDriver } from '../../src/cri/cgroup-of.ts';
import { shellConnection } from './shell-connection.ts';

const id = '0f1e2d3c4b5a0f1e2d3c4b5a';

test.each([
  ['systemd', `/system.slice/cri-containerd-${id}.scope`, true],
  ['systemd', `/kubepods.slice/kubepods-burstable.slice/crio-${id}.scope`, true],
  ['systemd', `/sys/fs/cgroup/memory/system.slice/docker-${id}.scope`, true],
  ['systemd', `/system.slice/cri-containerd-${id}.scope/container`, true],
  ['systemd', `/system.slice:cri-containerd:${id}`, false],
  ['systemd', `/${id}`, false],
  ['systemd', `/cri-containerd-${id}.scope`, false],
  ['cgroupfs', `/${id}`, true],
  ['cgroupfs', `/docker/${id}`, true],
  ['cgroupfs', `/crio-${id}`, true],
  ['cgroupfs', `/system.slice/cri-containerd-${id}.scope`, false],
  ['cgroupfs', `/system.slice:cri-containerd:${id}`, false],
] as const)('%s and %s: %s', (driver, path, fits) => expect(fitsDriver(path, id, driver)).toBe(fits));

describe('where a sandbox is', () => {
  /** A host whose /proc is what its grep says; synthetic. */
  const asking = async (lines: readonly string[], sandbox = id) => {
    const bin = mkdtempSync(join(tmpdir(), 'cgroups-'));
    writeFileSync(join(bin, 'grep'), `#!/bin/sh\ncat <<'END'\n${lines.join('\n')}\nEND\n`);
    writeFileSync(join(bin, 'find'), '#!/bin/sh\nexit 0\n');
    for (const name of ['grep', 'find']) chmodSync(join(bin, name), 0o755);
    const connection = shellConnection(['/bin/sh', '-s'], { PATH: `${bin}:/usr/bin:/bin` });
    try {
      return await cgroupsOf(connection, sandbox, AbortSignal.timeout(10_000));
    } finally {
      rmSync(bin, { recursive: true });
    }
  };

  it('is told once for each path, whatever the hierarchy', async () => {
    const path = `/system.slice/cri-containerd-${id}.scope`;
    expect(await asking([`12:memory:${path}`, `1:name=systemd:${path}`, `0::${path}`])).toEqual([path]);
  });

  it('is nowhere when no process bears its id', async () => expect(await asking(['0::/init.scope'])).toEqual([]));

  it.each(["x'; reboot", '', '../../etc', `${id} ${id}`])('is not asked for by the name %j', async name => {
    await expect(asking([], name)).rejects.toThrow('a name that is no id');
  });
});
