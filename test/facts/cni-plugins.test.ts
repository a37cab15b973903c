import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cniPlugins } from '../../src/facts/cni-plugins.ts';
import { answer, asRoot, knownValue } from './answers.ts';

const parsed = (network: string, programs = '') =>
  knownValue(cniPlugins.parse({ programs: answer(programs), network: answer(network) }, asRoot));

test('plugins by directory, and what the network asks for: its chain, and who gives addresses', () => {
  const conflist = { name: 'lab', plugins: [{ type: 'bridge', ipam: { type: 'host-local' } }, { type: 'portmap' }] };
  expect(
    parsed(
      `/etc/cni/net.d/10-lab.conflist\n${JSON.stringify(conflist, null, 2)}\n`,
      '/opt/cni/bin bridge\n/opt/cni/bin portmap\n/usr/lib/cni loopback\n',
    ),
  ).toEqual({
    installed: { '/opt/cni/bin': ['bridge', 'portmap'], '/usr/lib/cni': ['loopback'] },
    network: { path: '/etc/cni/net.d/10-lab.conflist', plugins: ['bridge', 'host-local', 'portmap'] },
  });
});

test.each([
  ['one plugin', '/n/1.conf\n{"type":"flannel","delegate":{"type":"bridge"}}\n', ['flannel', 'bridge']],
  ['a type of something else', '/n/1.conf\n{"type":"calico","policy":{"type":"k8s"}}\n', ['calico']],
  ['no JSON', '/n/1.conf\n<html>\n', undefined],
])('%s', (_what, text, plugins) => expect(parsed(text).network?.plugins).toEqual(plugins));

test('no network', () => expect(parsed('')).toEqual({ installed: {}, network: undefined }));

test('the host sends no value of a configuration but types', () => {
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-cni-'));
  mkdirSync(join(directory, 'net.d'));
  const config = {
    name: 'k8s',
    plugins: [{ type: 'calico', policy: { type: 'k8s', k8s_auth_token: 'hunter2' }, mtu: 1 }],
  };
  writeFileSync(join(directory, 'net.d/10-calico.conflist'), JSON.stringify(config));
  const item = cniPlugins.items.network;
  if (item?.kind !== 'sh') throw new Error('the network is asked by a fragment');
  const script = `f() {\n${item.script.replace('/etc/cni/net.d', join(directory, 'net.d'))}\n}\nf`;
  const said = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  rmSync(directory, { recursive: true, force: true });
  expect(said).not.toContain('hunter2');
  expect(parsed(said).network?.plugins).toEqual(['calico']);
});
