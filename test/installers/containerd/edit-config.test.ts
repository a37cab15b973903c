import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ContainerdConfig, runcHandlerType } from '../../../src/core/containerd-config.ts';
import type { Containerd } from '../../../src/facts/containerd.ts';
import type { HostFile } from '../../../src/facts/fact.ts';
import { readConfigSet } from '../../../src/installers/containerd/config-set.ts';
import { planConfig } from '../../../src/installers/containerd/edit-config.ts';
import { parseToml } from '../../../src/toml/parse.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { noContainerd } from '../../plan/facts.ts';
import { type Case, cases, containerdOf, desiredOf, expectedPath, fixtures, inForcePath, migrations } from './cases.ts';

const path = '/etc/containerd/config.toml';

const planFor = (containerd: Containerd, daemon: string, desired = desiredNode()) => {
  const read = readConfigSet(containerd, daemon);
  return read.ok ? planConfig(read.set, desired, false) : { changes: [], refusals: read.refusals };
};

const withConfig = (text: string | undefined, imports: readonly HostFile[] = []): Containerd => ({
  ...noContainerd,
  binary: '/usr/bin/containerd',
  config: aFile(path, text),
  imports,
});

const messages = (text: string, daemon: string, imports: readonly HostFile[] = []) =>
  planFor(withConfig(text, imports), daemon).refusals.map(({ message }) => message);

const rows = [...cases, ...migrations].flatMap(entry =>
  entry.versions.map(version => [entry.folder, version, entry.runtime?.version ?? 'any version', entry] as const),
);

describe.each(rows)('%s on containerd %s where the inventory asks for %s', (_, version, __, entry: Case) => {
  const containerd = containerdOf(entry, version);
  const desired = desiredOf(entry);

  test('the edit is the expected one', () => {
    const { changes, refusals } = planFor(containerd, version, desired);
    expect(refusals).toEqual([]);
    for (const file of [containerd.config, ...containerd.imports]) {
      const change = changes.find(other => other.path === file.path);
      const expected = expectedPath(entry, version, file.path);
      const text = change?.after.state === 'file' ? change.after.text : undefined;
      expect(text, file.path).toBe(existsSync(expected) ? readFileSync(expected, 'utf8') : undefined);
    }
  });

  test('the daemon of this version reads it as desired (recorded)', () => {
    const recorded: Record<string, ContainerdConfig> = JSON.parse(readFileSync(inForcePath(entry), 'utf8'));
    const config = recorded[version];
    const wanted = desired.runtime.cgroupDriver === 'systemd';
    const handlers = config?.handlers.filter(({ type }) => type === runcHandlerType) ?? [];
    expect(handlers.map(({ systemdCgroup }) => systemdCgroup)).toEqual(handlers.map(() => wanted));
    expect(handlers.length).toBeGreaterThan(0);
    expect(config?.sandboxImage).toBe(desired.runtime.sandboxImage);
    expect(config?.disabledPlugins.join()).not.toContain('cri');
    expect(config?.legacySystemdCgroup).toBe(false);
    expect(config?.cniBinDirs).toContain(desired.runtime.cniBinDir ?? config?.cniBinDirs[0]);
  });

  test('planned again on the result, nothing is left', () => {
    const { changes } = planFor(containerd, version, desired);
    const after = (file: HostFile): HostFile => {
      const change = changes.find(other => other.path === file.path);
      return change?.after.state === 'file' ? aFile(file.path, change.after.text) : file;
    };
    const edited = { ...containerd, config: after(containerd.config), imports: containerd.imports.map(after) };
    expect(planFor(edited, version, desired)).toMatchObject({ changes: [], refusals: [] });
  });
});

test('every comment and every foreign key of the GPU team survives', () => {
  const text = readFileSync(join(fixtures, 'nvidia-disabled', 'config.toml'), 'utf8');
  const [change] = planFor(withConfig(text), '1.7.24').changes;
  const edited = change?.after.state === 'file' ? change.after.text : '';
  for (const kept of [
    '# Managed by the GPU team',
    '# every pod sees',
    '# set by kickstart',
    'max_concurrent_downloads = 7',
    'oom_score = -999',
    'config_path = "/etc/containerd/certs.d"',
    'bin_dir = "/usr/lib/cni"',
    'default_runtime_name = "nvidia"',
  ]) {
    expect(edited).toContain(kept);
  }
  expect(change).toMatchObject({
    phase: 'switch',
    disruption: 'restart',
    needsNoSandboxes: true,
    settings: ['CRI plugin enabled', 'sandbox image = registry.k8s.io/pause:3.10.1', 'SystemdCgroup = true'],
    validate: ['containerd', '--config', '{}', 'config', 'dump'],
  });
});

test.each([
  ['1.6.20', 2],
  ['1.7.24', 2],
  ['2.1.9', 3],
])('without a file, one is written for containerd %s (version = %i)', (daemon, version) => {
  const [change] = planFor(withConfig(undefined), daemon).changes;
  expect(change).toMatchObject({ before: { state: 'absent' }, after: { mode: '0644', uid: 0, gid: 0 } });
  const text = change?.after.state === 'file' ? change.after.text : '';
  expect(text).toMatch(/^# Written by nodeprep/);
  const parsed = parseToml(text);
  expect(parsed.ok && parsed.document.value.version).toBe(version);
  expect(planFor(withConfig(text), daemon)).toMatchObject({ changes: [], refusals: [] });
});

test('tables that a version line wakes up are listed', () => {
  const text = readFileSync(join(fixtures, 'docker-appended', 'config.toml'), 'utf8');
  const [change] = planFor(withConfig(text), '1.7.24').changes;
  expect(change?.summary).toContain('counts from now on: plugins."io.containerd.grpc.v1.cri"');
  expect(change?.settings).toContain('version = 2');
});

test('a change of the sandbox image alone does not ask for an empty node', () => {
  const read = containerdOf({ folder: 'debian-packaged', versions: [] }, '1.7.24');
  const [first] = planFor(read, '1.7.24').changes;
  const text = first?.after.state === 'file' ? first.after.text : '';
  const [change] = planFor(withConfig(text), '1.7.24', desiredNode({ runtime: { sandboxImage: 'a/pause:1' } })).changes;
  expect(change).toMatchObject({ settings: ['sandbox image = a/pause:1'], disruption: 'restart' });
  expect(change?.needsNoSandboxes).toBeUndefined();
});

describe('SELinux labels of containers', () => {
  const words = (text: string | undefined, daemon: string, selinux?: boolean, joined = false) => {
    const read = readConfigSet(withConfig(text), daemon);
    const desired = desiredNode({ runtime: selinux === undefined ? {} : { selinux } });
    const changes = read.ok ? planConfig(read.set, desired, joined).changes : [];
    return changes.map(({ after, disruption, settings = [] }) => ({
      text: after.state === 'file' ? after.text : '',
      disruption,
      isSet: settings.some(setting => setting.startsWith('enable_selinux')),
    }));
  };
  const v2 = (own: string): string => `version = 2
[plugins."io.containerd.grpc.v1.cri"]
${own}sandbox_image = "registry.k8s.io/pause:3.10.1"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = true
`;
  const v3 = (own: string): string => `version = 3
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = 'registry.k8s.io/pause:3.10.1'
[plugins.'io.containerd.cri.v1.runtime']
${own}[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
SystemdCgroup = true
`;
  const tables = [
    ['1.7.24', v2, /^\[plugins\."io\.containerd\.grpc\.v1\.cri"\]\n(.*\n)?enable_selinux = true$/m],
    ['2.1.9', v3, /^\[plugins\.'io\.containerd\.cri\.v1\.runtime'\]\n(.*\n)?enable_selinux = true$/m],
  ] as const;

  test.each(tables)(
    'containerd %s: on where the inventory says so, in the table of the runtime',
    (daemon, text, place) => {
      expect(words(text(''), daemon, true)).toEqual([
        { text: expect.stringMatching(place), disruption: 'restart', isSet: true },
      ]);
      expect(words(text('enable_selinux = false\n'), daemon, true)[0]?.text).toBe(text('enable_selinux = true\n'));
      expect(words(text('enable_selinux = true\n'), daemon, true)).toEqual([]);
    },
  );

  test.each(tables)('containerd %s: off where it says that, and as it is where it says nothing', (daemon, text) => {
    expect(words(text('enable_selinux = true\n'), daemon, false)[0]?.text).toBe(text('enable_selinux = false\n'));
    expect(words(text(''), daemon, false)).toEqual([]);
    for (const own of ['', 'enable_selinux = true\n', 'enable_selinux = false\n']) {
      expect(words(text(own), daemon)).toEqual([]);
    }
  });

  test('a node with pods is drained for it', () => {
    expect(words(v2(''), '1.7.24', true, true)).toMatchObject([{ disruption: 'drain' }]);
  });
});

describe('refused, with the place', () => {
  test.each<[string, string, string, RegExp]>([
    ['text that is not TOML', 'version = 2\n[plugins\n', '1.7.24', /config\.toml:\d+:\d+: /],
    ['a table twice', '[a]\n[a]\n', '1.7.24', /config\.toml:2:\d+: /],
    [
      'version 3 on 1.6, which would ignore it silently',
      'version = 3\n',
      '1.6.20',
      /version = 3.*1\.6\.20 reads versions up to 2/,
    ],
    ['version 3 on 1.7', 'version = 3\n', '1.7.24', /reads versions up to 2/],
    ['version 4 on 2.1', 'version = 4\n', '2.1.9', /reads versions up to 3/],
    ['a byte order mark on 2.x', '\uFEFFversion = 2\n', '2.1.9', /byte order mark/],
    [
      'a short name without a version on 2.x that could be several plugins',
      '[plugins.cri]\nsandbox_image = "x"\n[plugins.mystery]\nkey = 1\n',
      '2.1.9',
      /cannot be brought to version = 3 in place: which plugin mystery means is not known/,
    ],
    [
      'a key of schema 1 that schema 3 has in another form',
      '[plugins.cri]\nsandbox_image = "x"\n[plugins.task]\nsched_core = true\n',
      '2.1.9',
      /env of io\.containerd\.shim\.v1\.manager/,
    ],
    [
      'a default handler that is not configured',
      'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd]\ndefault_runtime_name = "crun"\n',
      '1.7.24',
      /default handler is crun/,
    ],
    [
      'config_path beside mirrors',
      'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\nconfig_path = "/c"\n[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\nendpoint = ["https://m"]\n',
      '1.7.24',
      /mirrors \(docker\.io\) exclude each other/,
    ],
    ['a relative pattern on 1.6', 'version = 2\nimports = ["conf.d/*.toml"]\n', '1.6.20', /conf\.d\/\*\.toml/],
    [
      'a handler that is no table',
      'version = 2\nplugins."io.containerd.grpc.v1.cri".containerd = "x"\n',
      '1.7.24',
      /cannot be set/,
    ],
  ])('%s', (_, text, daemon, message) => {
    expect(messages(text, daemon)).toEqual([expect.stringMatching(message)]);
  });

  test('files of different versions, both named', () => {
    const dropIn = aFile('/etc/containerd/conf.d/a.toml', 'version = 3\n');
    expect(messages('version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n', '2.1.9', [dropIn])).toEqual([
      expect.stringMatching(/config\.toml says version = 2, .*a\.toml says version = 3/),
    ]);
  });

  test('a link and a binary file', () => {
    const link: HostFile = { ...aFile(path, 'version = 2\n'), type: 'symlink', linkTarget: '/opt/config.toml' };
    const plan = (config: HostFile) =>
      planFor({ ...withConfig(''), config }, '1.7.24').refusals.map(({ message }) => message);
    expect(plan(link)).toEqual([expect.stringContaining('symlink to /opt/config.toml')]);
    expect(plan({ ...aFile(path, ''), text: undefined })).toEqual([expect.stringContaining('not a text file')]);
  });
});
