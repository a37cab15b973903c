import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileChange } from '../../../src/changes/change.ts';
import type { DesiredRegistry } from '../../../src/core/desired.ts';
import { known } from '../../../src/core/observed.ts';
import type { HostFile } from '../../../src/facts/fact.ts';
import type { RegistryFiles } from '../../../src/facts/registry-files.ts';
import { mergeFiles, readConfigSet } from '../../../src/installers/containerd/config-set.ts';
import { chooseDialect } from '../../../src/installers/containerd/dialect.ts';
import { planConfig } from '../../../src/installers/containerd/edit-config.ts';
import { planSettings } from '../../../src/installers/containerd/installer.ts';
import { planRegistries } from '../../../src/installers/containerd/registries/plan.ts';
import { noHandlers } from '../../../src/installers/handlers/plan.ts';
import { parseToml, type TomlTable } from '../../../src/toml/parse.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { aService, bareFacts, noContainerd, now } from '../../plan/facts.ts';

const root = '/etc/containerd/certs.d';
const pem = (word: string): string => `-----BEGIN CERTIFICATE-----\n${word}\n-----END CERTIFICATE-----\n`;

const registry = (name: string, rest: Partial<DesiredRegistry> = {}): DesiredRegistry => ({
  name,
  mirrors: [],
  ca: undefined,
  skipVerify: undefined,
  ...rest,
});

/** Files by path; a directory is there for every file, and for paths that end in `/`. */
const filesOf = (texts: Readonly<Record<string, string>>, roots: readonly string[] = [root]): RegistryFiles => {
  const paths = Object.keys(texts);
  return {
    roots,
    directories: [...new Set(paths.map(path => path.slice(0, path.lastIndexOf('/'))))],
    files: paths.filter(path => !path.endsWith('/')).map(path => aFile(path, texts[path])),
  };
};

interface Host {
  readonly config: string;
  readonly files: RegistryFiles;
  readonly daemon?: string;
}

const planAll = ({ config, files, daemon = '1.7.24' }: Host, registries: readonly DesiredRegistry[]) => {
  const read = readConfigSet({ ...noContainerd, config: aFile('/etc/containerd/config.toml', config) }, daemon);
  if (!read.ok) throw new Error('not read');
  const choice = chooseDialect(read.set);
  if (!choice.ok) throw new Error('no dialect');
  const desired = desiredNode({ runtime: { registries } });
  const hosts = planRegistries({ merged: mergeFiles(read.set), dialect: choice.dialect, files }, desired.runtime);
  const config2 = planConfig(read.set, desired, false, hosts.wakes);
  return {
    hosts: hosts.changes,
    config: config2.changes[0],
    refusals: [...hosts.refusals, ...config2.refusals].map(({ message }) => message),
  };
};

const textOf = (change: FileChange | undefined): string =>
  change?.after.state === 'file' ? change.after.text : 'not written';

const texts = (changes: readonly FileChange[]): Record<string, string> =>
  Object.fromEntries(changes.map(change => [change.path, textOf(change)]));

const tomlOf = (text: string): TomlTable => {
  const parsed = parseToml(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.problem.message}`);
  return parsed.document.value;
};

/** The host after the plan has been carried out. */
const after = (host: Host, registries: readonly DesiredRegistry[]): Host => {
  const plan = planAll(host, registries);
  expect(plan.refusals).toEqual([]);
  const now = new Map<string, HostFile>(host.files.files.map(file => [file.path, file]));
  for (const change of plan.hosts) now.set(change.path, aFile(change.path, textOf(change)));
  const written = filesOf(Object.fromEntries([...now].map(([path, { text }]) => [path, text ?? ''])), host.files.roots);
  return {
    ...host,
    config: plan.config === undefined ? host.config : textOf(plan.config),
    files: { ...written, directories: [...new Set([...written.directories, ...host.files.directories])] },
  };
};

const expectNothingLeft = (host: Host, registries: readonly DesiredRegistry[]): void => {
  const again = planAll(after(host, registries), registries);
  expect({ ...again, hosts: texts(again.hosts) }).toEqual({ hosts: {}, config: undefined, refusals: [] });
};

const settled = `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.10.1"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${root}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true
`;
const without = (config: string): string => config.replace(/.*\.registry\]\n.*config_path.*\n/, '');
const bare: Host = { config: settled, files: filesOf({}) };

describe('a registry that nobody has configured', () => {
  test('gets a file of ours, in the order of the inventory', () => {
    const registries = [registry('registry.k8s.io', { mirrors: ['https://m1.example.com', 'http://m2:5000/v2/k8s'] })];
    const plan = planAll(bare, registries);
    expect(texts(plan.hosts)).toEqual({
      [`${root}/registry.k8s.io/hosts.toml`]: `# Written by nodeprep; the next \`nodeprep apply\` overwrites changes made here.
# Images of registry.k8s.io: these mirrors in this order, then the registry itself.

[host."https://m1.example.com"]
  capabilities = ["pull", "resolve"]

[host."http://m2:5000/v2/k8s"]
  capabilities = ["pull", "resolve"]
  override_path = true
`,
    });
    expect(plan.hosts[0]).toMatchObject({ phase: 'stage', disruption: 'none', before: { state: 'absent' } });
    expect(plan.config).toBeUndefined();
    expectNothingLeft(bare, registries);
  });

  test.each([
    ['a port', 'host:5000', {}, `${root}/host:5000/hosts.toml`],
    ['a port whose first name is there', 'host:5000', { [`${root}/host_5000_/`]: '' }, `${root}/host_5000_/hosts.toml`],
    ['every other registry', '*', {}, `${root}/_default/hosts.toml`],
  ])('%s: the directory is the one that containerd looks for', (_, name, texts, expected) => {
    const host = { ...bare, files: filesOf(texts) };
    const registries = [registry(name, { mirrors: ['https://m'] })];
    expect(planAll(host, registries).hosts.map(({ path }) => path)).toEqual([expected]);
    expectNothingLeft(host, registries);
  });

  test('certificates are copied before they are named, also where the registry is a mirror', () => {
    const ca = { path: '/home/ops/ca.pem', text: pem('A') };
    const registries = [
      registry('registry.k8s.io', { mirrors: ['https://mirror:5000'] }),
      registry('mirror:5000', { ca, skipVerify: false }),
    ];
    const plan = planAll(bare, registries);
    expect(plan.hosts.map(({ path }) => path)).toEqual([
      `${root}/mirror:5000/ca.crt`,
      `${root}/registry.k8s.io/hosts.toml`,
      `${root}/mirror:5000/hosts.toml`,
    ]);
    expect(textOf(plan.hosts[0])).toMatch(/^# Written by nodeprep.*\n-----BEGIN CERTIFICATE-----\nA\n/);
    expect(tomlOf(textOf(plan.hosts[1]))).toEqual({
      host: {
        'https://mirror:5000': {
          capabilities: ['pull', 'resolve'],
          ca: [`${root}/mirror:5000/ca.crt`],
          skip_verify: false,
        },
      },
    });
    expect(tomlOf(textOf(plan.hosts[2]))).toEqual({ ca: [`${root}/mirror:5000/ca.crt`], skip_verify: false });
    expectNothingLeft(bare, registries);
  });

  test('one with trust of its own keeps the mirrors of all others', () => {
    const registries = [registry('*', { mirrors: ['https://m'] }), registry('quay.io', { skipVerify: true })];
    const { hosts } = planAll(bare, registries);
    expect(tomlOf(textOf(hosts[1]))).toEqual({
      skip_verify: true,
      host: { 'https://m': { capabilities: ['pull', 'resolve'] } },
    });
  });

  test('config_path is set where it is not, and what that wakes up is told', () => {
    const host = { config: without(settled), files: filesOf({ [`${root}/quay.io/hosts.toml`]: '' }) };
    const registries = [registry('docker.io', { mirrors: ['https://m'] })];
    const { config } = planAll(host, registries);
    expect(config).toMatchObject({ settings: [`registry config_path = ${root}`], disruption: 'restart' });
    expect(config?.summary).toContain(`counts from now on: ${root}/quay.io/hosts.toml`);
    expect(textOf(config)).toContain(`config_path = "${root}"`);
    expectNothingLeft(host, registries);
  });

  test.each([
    ['1.6.20', 'version = 2\n', 'io.containerd.grpc.v1.cri'],
    ['2.1.9', 'version = 2\n', 'io.containerd.grpc.v1.cri'],
    ['2.1.9', 'version = 3\n', 'io.containerd.cri.v1.images'],
    ['2.1.9', '', 'io.containerd.cri.v1.images'],
  ])('containerd %s, %j: in the table %s', (daemon, config, table) => {
    const host = { config, files: filesOf({}), daemon };
    const registries = [registry('docker.io', { mirrors: ['https://m'] })];
    const value = tomlOf(textOf(planAll(host, registries).config));
    expect(value).toMatchObject({ plugins: { [table]: { registry: { config_path: root } } } });
    expectNothingLeft(host, registries);
  });

  test('another config_path is kept: the first of its directories that knows the registry', () => {
    const config = settled.replace(root, '/a/:/b');
    const mirrors = ['https://m'];
    const files = filesOf({ '/b/quay.io/hosts.toml': '' }, [root, '/a', '/b']);
    const plan = planAll({ config, files }, [registry('quay.io', { mirrors }), registry('docker.io', { mirrors })]);
    expect(plan.hosts.map(({ path }) => path)).toEqual(['/b/quay.io/hosts.toml', '/a/docker.io/hosts.toml']);
    const hidden = filesOf({ '/b/quay.io/hosts.toml': '', '/a/_default/hosts.toml': '' }, [root, '/a', '/b']);
    const other = planAll({ config, files: hidden }, [registry('quay.io', { mirrors })]);
    expect(other.hosts.map(({ path }) => path)).toEqual(['/a/quay.io/hosts.toml']);
  });

  test('a file of ours follows the inventory', () => {
    const first = after(bare, [registry('docker.io', { mirrors: ['https://a', 'https://b'] })]);
    const registries = [registry('docker.io', { mirrors: ['https://b'] })];
    expect(textOf(planAll(first, registries).hosts[0])).not.toContain('https://a');
    expectNothingLeft(first, registries);
  });
});

/** What people write: from the documentation of containerd, Harbor, k3s, Spegel, Artifactory; synthetic where it says odd. */
const corpus: readonly (readonly [string, string])[] = [
  ['only the server', 'server = "https://docker.io"\n'],
  [
    'of the documentation',
    '# mirror of the site\nserver = "https://registry-1.docker.io"    # Exclude this to not use upstream\n\n[host."https://public-mirror.example.com"]\n  capabilities = ["pull"]                 # Requires less trust\n[host."https://docker-mirror.internal"]\n  capabilities = ["pull", "resolve"]\n  ca = "docker-mirror.crt"                # Or absolute path /etc/containerd/certs.d/docker.io/docker-mirror.crt\n',
  ],
  [
    'of Harbor',
    '[host."https://m.example.com/v2/proxy"]\n  capabilities = ["pull", "resolve"]\n  override_path = true\n',
  ],
  [
    'with headers',
    '[host."https://m.example.com"]\n  capabilities = ["pull"]\n  [host."https://m.example.com".header]\n    Authorization = ["Basic abc", "x"] # secret\n    x-custom-2 = "value"\n',
  ],
  [
    'of Spegel',
    "server = 'https://docker.io'\n\n[host.'http://127.0.0.1:30020']\ncapabilities = ['pull', 'resolve']\ndial_timeout = '200ms'\n",
  ],
  ['clients', '[host."https://m.example.com"]\n  client = [["/a.cert", "/a.key"], ["/b.cert", ""]]\n'],
  ['an inline table (odd)', 'host = { "https://other" = { capabilities = ["pull"] } }\n'],
  ['dotted keys (odd)', 'host."https://other".capabilities = ["pull"]\nhost."https://other".skip_verify = true\n'],
  [
    'line ends of Windows (odd)',
    '# a\r\nserver = "https://docker.io"\r\n\r\n[host."https://other"]\r\n\tcapabilities = ["pull"]\r\n',
  ],
  [
    'tabs and unicode (odd)',
    '# ünïcode\n[host]\n\t[host."https://other"] # ✓\n\t\tcapabilities = [\n\t\t\t"pull", # p\n\t\t]\n',
  ],
  ['nothing but comments', '# to be written\n'],
  ['empty', ''],
  ['a slash at the end', '[host."https://m.example.com/"]\n'],
  ['trust of the registry', 'ca = ["/etc/ssl/a.pem"]\nskip_verify = true\n[host."https://other"]\n'],
];

const asked = [
  registry('docker.io', { mirrors: ['https://m.example.com', 'https://m2.example.com/v2/proxy'], skipVerify: false }),
  registry('m.example.com', { ca: { path: 'ca.pem', text: pem('A') } }),
];
const hubFile = `${root}/docker.io/hosts.toml`;

/** Everything in `before` is in `now`, but for what was asked for. */
const expectKept = (before: unknown, now: unknown, path: readonly string[] = []): void => {
  if (typeof before !== 'object' || before === null || Array.isArray(before)) {
    if (path.at(-1) === 'skip_verify') return;
    if (path.at(-1) === 'ca' || path.at(-1) === 'capabilities') {
      expect([now].flat(), path.join('.')).toEqual(expect.arrayContaining([before].flat()));
    } else {
      expect(now, path.join('.')).toEqual(before);
    }
    return;
  }
  for (const [key, value] of Object.entries(before)) {
    expectKept(value, Object.getOwnPropertyDescriptor(now ?? {}, key)?.value, [...path, key]);
  }
};

describe("somebody else's hosts.toml", () => {
  test.each(corpus)('%s: what is asked for is put in, everything else stays', (_, text) => {
    const host = { ...bare, files: filesOf({ [hubFile]: text }) };
    const plan = planAll(host, asked);
    expect(plan.refusals).toEqual([]);
    const edited = texts(plan.hosts)[hubFile] ?? text;
    const [before, now] = [tomlOf(text), tomlOf(edited)];
    expectKept(before, now);
    const hosts = (now.host ?? {}) as Record<string, TomlTable>;
    const key = Object.keys(hosts).find(url => url.replace(/\/$/, '') === 'https://m.example.com') ?? '';
    expect([hosts[key]?.ca].flat()).toContain(`${root}/m.example.com/ca.crt`);
    expect(hosts['https://m2.example.com/v2/proxy']).toMatchObject({ override_path: true });
    for (const comment of text.match(/# [^\r\n]*/g) ?? []) expect(edited).toContain(comment);
    expectNothingLeft(host, asked);
  });

  test('a server that is another host keeps its own trust', () => {
    const host = {
      ...bare,
      files: filesOf({ [hubFile]: 'server = "https://only.example.com"\nskip_verify = true\n' }),
    };
    const edited = tomlOf(texts(planAll(host, asked).hosts)[hubFile] ?? '');
    expect(edited).toMatchObject({ server: 'https://only.example.com', skip_verify: true });
  });

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['is no TOML', { [hubFile]: 'server = \n' }, /docker\.io\/hosts\.toml:\d+:\d+: /],
    [
      'has the mirrors in another order',
      { [hubFile]: '[host."https://m2.example.com/v2/proxy"]\n[host."https://m.example.com"]\n' },
      /docker\.io\/hosts\.toml: it has the mirrors in another order: https:\/\/m2/,
    ],
    ['has a value where a table should be', { [hubFile]: 'host = 1\n' }, /docker\.io\/hosts\.toml: .*cannot be set/],
    [
      'does not exist beside certificates that count without it',
      { [`${root}/docker.io/theirs.crt`]: pem('B') },
      /out of use that count without it: .*theirs\.crt/,
    ],
    [
      'stands beside other certificates under our name',
      { [`${root}/m.example.com/ca.crt`]: pem('B') },
      /m\.example\.com\/ca\.crt holds other certificates than ca\.pem/,
    ],
  ])('that %s is refused by name', (_, found, expected) => {
    const { refusals } = planAll({ ...bare, files: filesOf(found) }, asked);
    expect(refusals).toEqual([expect.stringMatching(expected)]);
  });

  test('the same certificate under our name is taken as it is', () => {
    const files = filesOf({ [`${root}/m.example.com/ca.crt`]: `CN=x\r\n${pem('A').replaceAll('\n', '\r\n')}` });
    expect(planAll({ ...bare, files }, asked).hosts.map(({ path }) => path)).not.toContain(
      `${root}/m.example.com/ca.crt`,
    );
  });
});

test('whatever hosts and settings a file has, they stay, and a second plan is empty', () => {
  const url = fc.constantFrom('https://m.example.com', 'https://other', 'http://third:5000', 'https://m.example.com/');
  const line = fc.constantFrom(
    'capabilities = ["pull"]',
    'capabilities = ["pull", "resolve", "push"] # all',
    'ca = "x.crt"',
    'ca = ["/y.crt", "x.crt"]',
    'skip_verify = true',
    'override_path = true',
    'dial_timeout = "1s"',
    'header = { "x-a" = "b" }',
  );
  const keyOf = (text: string): string => text.split(' ')[0] ?? '';
  const lines = fc.uniqueArray(line, { selector: keyOf, maxLength: 4 });
  const file = fc.record({
    top: lines,
    hosts: fc.uniqueArray(fc.tuple(url, lines), { selector: ([own]) => own.replace(/\/$/, ''), maxLength: 3 }),
  });
  fc.assert(
    fc.property(file, ({ top, hosts }) => {
      const text = [...top, ...hosts.flatMap(([own, inner]) => ['', `# of ${own}`, `[host."${own}"]`, ...inner])].join(
        '\n',
      );
      const host = { ...bare, files: filesOf({ [hubFile]: text }) };
      const edited = texts(planAll(host, asked).hosts)[hubFile] ?? text;
      expectKept(tomlOf(text), tomlOf(edited));
      expectNothingLeft(host, asked);
    }),
    { numRuns: 200 },
  );
});

describe('registries of config.toml, in the way that goes with no config_path', () => {
  const inline = `  [plugins."io.containerd.grpc.v1.cri".registry.mirrors]
    # the site's own
    [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
      endpoint = ["https://old.example.com/", "https://registry-1.docker.io"]
    [plugins."io.containerd.grpc.v1.cri".registry.mirrors."*"]
      endpoint = ["http://all:5000"]
  [plugins."io.containerd.grpc.v1.cri".registry.configs."old.example.com".tls]
    ca_file = "/etc/ssl/old.pem" # of the site
    cert_file = "/etc/ssl/me.pem"
    key_file = "/etc/ssl/me.key"
  [plugins."io.containerd.grpc.v1.cri".registry.configs."quay.io"]
    [plugins."io.containerd.grpc.v1.cri".registry.configs."quay.io".tls]
      insecure_skip_verify = true
    [plugins."io.containerd.grpc.v1.cri".registry.configs."quay.io".auth]
      username = "u"
`;
  const mirrors = ['https://new.example.com'];

  test.each([
    ['alone', without(settled) + inline],
    ['beside config_path, so that CRI does not load', settled + inline],
  ])('%s: they move, and only they', (_, config) => {
    const host = { config, files: filesOf({}) };
    const registries = [registry('docker.io', { mirrors })];
    const plan = planAll(host, registries);
    expect(plan.refusals).toEqual([]);
    const written = texts(plan.hosts);
    const old = {
      capabilities: ['pull', 'resolve'],
      ca: ['/etc/ssl/old.pem'],
      client: [['/etc/ssl/me.pem', '/etc/ssl/me.key']],
    };
    const all = { capabilities: ['pull', 'resolve'] };
    expect(Object.fromEntries(Object.entries(written).map(([path, text]) => [path, tomlOf(text)]))).toEqual({
      [hubFile]: { host: { 'https://new.example.com': all, 'https://old.example.com': old } },
      [`${root}/_default/hosts.toml`]: { host: { 'http://all:5000': all } },
      [`${root}/old.example.com/hosts.toml`]: {
        ca: old.ca,
        client: old.client,
        host: { 'http://all:5000': all },
      },
      [`${root}/quay.io/hosts.toml`]: { skip_verify: true, host: { 'http://all:5000': all } },
    });
    // Nobody could write it anew from the inventory.
    for (const text of Object.values(written)) expect(text).toContain('whatever else is added here stays');
    const text = textOf(plan.config);
    expect(plan.config?.settings).toContain('registries of config.toml moved to hosts.toml');
    expect(tomlOf(text)).toMatchObject({
      plugins: {
        'io.containerd.grpc.v1.cri': {
          registry: { config_path: root, configs: { 'quay.io': { auth: { username: 'u' } } } },
        },
      },
    });
    expect(text).not.toMatch(/mirrors\.|\.tls\]/);
    expect(text).toContain("# the site's own");
    expect(text).toContain('# of the site');
    expectNothingLeft(host, registries);
  });

  test('they stay where the inventory says nothing of registries, unless CRI cannot load', () => {
    expect(planAll({ config: without(settled) + inline, files: filesOf({}) }, [])).toEqual({
      hosts: [],
      config: undefined,
      refusals: [],
    });
    const { refusals } = planAll({ config: settled + inline, files: filesOf({}) }, []);
    expect(refusals).toEqual([expect.stringMatching(/registry\.mirrors \(docker\.io, \*\).*exclude each other/)]);
  });

  test('what hosts.toml has no like of is refused by name', () => {
    const rewrite = `${without(settled)}  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io".rewrite]\n    a = "b"\n`;
    const { refusals } = planAll({ config: rewrite, files: filesOf({}) }, [registry('docker.io', { mirrors })]);
    expect(refusals).toEqual([expect.stringMatching(/registry\.mirrors\.docker\.io\.rewrite/)]);
  });
});

test('with the schema they move too, without a word in the inventory', () => {
  const config = `${without(settled)}  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
      endpoint = ["https://old.example.com"]
    [plugins."io.containerd.grpc.v1.cri".registry.configs."old.example.com".auth]
      username = "u"
`;
  const planned = (text: string, files: RegistryFiles) => {
    const facts = {
      ...bareFacts,
      containerd: {
        ...noContainerd,
        binary: '/usr/bin/containerd',
        version: '2.1.9',
        config: aFile('/etc/containerd/config.toml', text),
      },
      services: { 'containerd.service': aService({ activeState: 'active', startedAtSeconds: now }) },
      registryFiles: known(files),
      handlers: noHandlers,
    };
    return planSettings(facts, {}, desiredNode({ runtime: { version: '2.1' } }));
  };
  const { changes, refusals } = planned(config, filesOf({}));
  expect(refusals).toEqual([]);
  const files = changes.filter(change => change.kind === 'file');
  expect(files.map(({ path, settings }) => [path, settings])).toEqual([
    [hubFile, ['hosts.toml of docker.io']],
    [
      '/etc/containerd/config.toml',
      ['version = 3', 'registries of config.toml moved to hosts.toml', `registry config_path = ${root}`],
    ],
  ]);
  const [hosts, main] = files.map(change => textOf(change));
  expect(tomlOf(hosts ?? '')).toMatchObject({
    host: { 'https://old.example.com': { capabilities: ['pull', 'resolve'] } },
  });
  expect(tomlOf(main ?? '')).toMatchObject({
    version: 3,
    plugins: {
      'io.containerd.cri.v1.images': {
        registry: { config_path: root, configs: { 'old.example.com': { auth: { username: 'u' } } } },
      },
    },
  });
  const again = planned(main ?? '', filesOf({ [hubFile]: hosts ?? '' }));
  expect(again.changes.filter(change => change.kind === 'file')).toEqual([]);
});
