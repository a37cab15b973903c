import { expect, test } from 'vitest';
import { modulesLoad } from '../../src/facts/modules-load.ts';
import { answer, asRoot, asUser, files, knownValue, masking } from './answers.ts';

const parse = (found: Parameters<typeof files>[0], init = 'systemd\n') =>
  knownValue(modulesLoad.parse({ files: files(found), init: answer(init), own: files({}) }, asRoot));

test('one name a line, dashes are underscores, comments are none', () => {
  const { modules } = parse({ '/etc/modules-load.d/k8s.conf': '# for pods\noverlay\n\n; x\nbr-netfilter\n' });
  expect(modules).toEqual([
    { name: 'overlay', path: '/etc/modules-load.d/k8s.conf', line: 2 },
    { name: 'br_netfilter', path: '/etc/modules-load.d/k8s.conf', line: 5 },
  ]);
});

test('a masked file loads nothing', () => {
  const found = { '/etc/modules-load.d/k8s.conf': masking, '/usr/lib/modules-load.d/k8s.conf': 'overlay\n' };
  expect(parse(found).modules).toEqual([]);
});

test('/etc/modules counts where systemd is not the init, or through the link of modules-load.d', () => {
  const text = 'overlay param=1\n';
  expect(parse({ '/etc/modules': text }).modules).toEqual([]);
  expect(parse({ '/etc/modules': text }, '').modules).toMatchObject([{ name: 'overlay', path: '/etc/modules' }]);
  expect(parse({ '/etc/modules-load.d/modules.conf': text }).modules).toMatchObject([{ name: 'overlay' }]);
});

test('the kernel command line loads and forbids', () => {
  const { modules, blacklisted } = parse({
    '/proc/cmdline': 'quiet modules_load=overlay,br_netfilter modprobe.blacklist=nouveau module_blacklist=vxlan\n',
  });
  expect(modules.map(({ name }) => name)).toEqual(['overlay', 'br_netfilter']);
  expect(blacklisted.map(({ name }) => name)).toEqual(['nouveau', 'vxlan']);
});

test('blacklist and install … /bin/false forbid; other installs do not', () => {
  const text =
    'blacklist br_netfilter\ninstall overlay /bin/false\ninstall vxlan /sbin/modprobe --ignore-install vxlan\noptions x y=1\n';
  expect(parse({ '/etc/modprobe.d/cis.conf': text }).blacklisted).toEqual([
    { name: 'br_netfilter', path: '/etc/modprobe.d/cis.conf', line: 1 },
    { name: 'overlay', path: '/etc/modprobe.d/cis.conf', line: 2 },
  ]);
});

test('a directory that is hidden from the user makes it unknown', () => {
  const found = files({ '/etc/modprobe.d/*.conf': { state: 'hidden' } });
  expect(() => modulesLoad.parse({ files: found, init: answer('') }, asUser)).toThrow(/^needs root/);
});
