import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const template = fileURLToPath(new URL('../../templates/host/rpm.sh', import.meta.url));

// Of kubernetes1.31-kubelet-common, docker and SLE 12; the name ends where that of a package begins.
test.each([
  ['/usr/share/fillup-templates/sysconfig.docker', '/etc/sysconfig/docker'],
  ['/usr/share/fillup-templates/sysconfig.kubelet-kubernetes1.31', '/etc/sysconfig/kubelet'],
  ['/var/adm/fillup-templates/sysconfig.crio', '/etc/sysconfig/crio'],
  ['/usr/share/fillup-templates/rc.config.x', undefined],
  ['/usr/share/doc/sysconfig.docker', undefined],
])('of %s fillup makes %s', (path, made) => {
  const input = `/usr/bin/dockerd\n${path}\n`;
  const { stdout } = spawnSync('sh', ['-c', `. ${template}; rpm_fillups -`], { input, encoding: 'utf8' });
  expect(stdout).toBe(made === undefined ? '' : `${made} ${path}\n`);
});
