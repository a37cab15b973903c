import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readContainerdConfig, readStatusConfig } from '../../src/core/containerd-config.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/containerd/${name}`, import.meta.url), 'utf8');
const dump = (name: string) => readContainerdConfig(fixture(`dump-${name}.toml`));

describe('readContainerdConfig', () => {
  test.each([
    ['bookworm', 'registry.k8s.io/pause:3.6'],
    ['trixie', 'registry.k8s.io/pause:3.8'],
    ['sid', 'registry.k8s.io/pause:3.10'],
  ])('%s as packaged', (name, sandboxImage) => {
    expect(dump(name)).toEqual({
      disabledPlugins: [],
      defaultHandler: 'runc',
      handlers: [{ name: 'runc', type: 'io.containerd.runc.v2', systemdCgroup: false }],
      sandboxImage,
      cniBinDirs: ['/usr/lib/cni'],
      selinux: false,
      registry: { configPath: '', mirrors: [], tls: [] },
      legacySystemdCgroup: false,
    });
  });

  test('an absent SystemdCgroup is false, for the handler that lacks it only', () => {
    expect(dump('trixie-nvidia')).toMatchObject({
      defaultHandler: 'nvidia',
      registry: { configPath: '/etc/containerd/certs.d' },
    });
    const nvidia = { type: 'io.containerd.runc.v2', binary: '/usr/bin/nvidia-container-runtime' };
    expect(dump('trixie-nvidia').handlers).toEqual([
      { name: 'gvisor', type: 'io.containerd.runsc.v1', systemdCgroup: false },
      { name: 'nvidia', ...nvidia, systemdCgroup: false },
      { name: 'runc', type: 'io.containerd.runc.v2', systemdCgroup: true },
    ]);
  });

  test('tables of version 2 mean nothing in a dump of version 3', () => {
    const text = 'version = 3\n[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "lost"\n';
    expect(readContainerdConfig(text).sandboxImage).toBeUndefined();
  });

  test('names the registries that are configured in the old way', () => {
    expect(dump('trixie-registry-conflict').registry).toEqual({
      configPath: '/etc/containerd/certs.d',
      mirrors: ['docker.io'],
      tls: [],
    });
  });

  test('an empty dump names nothing', () => {
    expect(readContainerdConfig('')).toMatchObject({ defaultHandler: '', handlers: [], sandboxImage: undefined });
  });

  // What the daemons answer over CRI (RuntimeConfig of 2.2.0) for these, in a file and merged with the built-in handler.
  test.each([
    ['kubespray on 1.x', 2, 'io.containerd.grpc.v1.cri', 'systemdCgroup = true', true],
    [
      'both on 1.x: the exact name',
      2,
      'io.containerd.grpc.v1.cri',
      'systemdCgroup = false\nSystemdCgroup = true',
      true,
    ],
    ['both on 2.x: the last', 3, 'io.containerd.cri.v1.runtime', 'SystemdCgroup = true\nsystemdCgroup = false', false],
    ['kubespray on 2.x', 3, 'io.containerd.cri.v1.runtime', 'SystemdCgroup = false\nsystemdCgroup = true', true],
  ])('a driver in any case: %s', (_, version, plugin, options, systemd) => {
    const text = `version = ${version}\n[plugins."${plugin}".containerd.runtimes.runc.options]\n${options}\n`;
    expect(readContainerdConfig(text).handlers).toEqual([{ name: 'runc', type: '', systemdCgroup: systemd }]);
  });

  test('text that is no TOML is refused', () => expect(() => readContainerdConfig('[[')).toThrow());
});

describe('readStatusConfig', () => {
  test.each([
    ['1.7.24', { sandboxImage: 'registry.k8s.io/pause:3.8' }, { systemdCgroup: false, SystemdCgroup: true }],
    ['2.2.0, which fills in its own default', {}, { SystemdCgroup: false, systemdCgroup: true }],
  ])('a driver in any case: %s', (_, config, options) => {
    const told = readStatusConfig({ ...config, containerd: { runtimes: { runc: { options } } } });
    expect(told.handlers).toEqual([{ name: 'runc', type: '', systemdCgroup: true }]);
  });

  const status = (name: string) => readStatusConfig(JSON.parse(fixture(`cri-${name}.json`)).config);

  test('1.x tells all of it', () => {
    expect(status('trixie-nvidia')).toMatchObject({
      defaultHandler: 'nvidia',
      sandboxImage: 'registry.k8s.io/pause:3.10.1',
      handlers: expect.arrayContaining([{ name: 'runc', type: 'io.containerd.runc.v2', systemdCgroup: true }]),
    });
  });

  test('2.x tells handlers, and no sandbox image', () => {
    expect(status('sid-nvidia')).toMatchObject({ defaultHandler: 'nvidia', sandboxImage: undefined });
    expect(status('sid-nvidia').handlers).toHaveLength(2);
  });

  test.each([undefined, null, 'text', [], { containerd: 1 }])('%j tells nothing', config => {
    expect(readStatusConfig(config)).toEqual({ defaultHandler: '', handlers: [], sandboxImage: undefined });
  });
});
