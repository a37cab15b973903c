import { describe, expect, test } from 'vitest';
import { known } from '../../../src/core/observed.ts';
import type { FactValues, ObservedFacts } from '../../../src/facts/index.ts';
import { planCriDockerdArchive } from '../../../src/installers/docker/archive.ts';
import { docker } from '../../../src/installers/docker/installer.ts';
import { debian } from '../../../src/os/debian.ts';
import { type DesiredOverrides, desiredNode } from '../../desired.ts';
import {
  criDockerdSocket,
  daemonJson,
  dockerFacts,
  recordedCri,
  recordedDocker,
  recordedPackages,
  recordedServices,
  withUnitFile,
} from '../../docker-host.ts';
import { aFile } from '../../host-file.ts';

type Overrides = { readonly [K in keyof FactValues]?: FactValues[K] };

const plan = (facts: Overrides = {}, runtime: DesiredOverrides['runtime'] = {}) => {
  const changed = Object.fromEntries(Object.entries(facts).map(([id, value]) => [id, known(value)]));
  const all = { ...dockerFacts, ...changed } as ObservedFacts;
  return docker.plan(all, desiredNode({ runtime: { name: 'docker', ...runtime } }), debian);
};
const changesOf = (...from: Parameters<typeof plan>) => plan(...from).changes;
const idsOf = (...from: Parameters<typeof plan>) => changesOf(...from).map(({ id }) => id);
const textOf = (path: string, ...from: Parameters<typeof plan>): string | undefined => {
  const change = changesOf(...from).find(({ id }) => id === `file:${path}`);
  return change?.kind === 'file' && change.after.state === 'file' ? change.after.text : undefined;
};
const refusalsOf = (...from: Parameters<typeof plan>) => plan(...from).refusals.map(({ message }) => message);

const dropIn = '/etc/systemd/system/cri-docker.service.d/90-nodeprep.conf';
const json = '/etc/docker/daemon.json';
const started = recordedServices['docker.service']?.startedAtSeconds ?? 0;
const joined = { joined: true, evidence: '/etc/kubernetes/kubelet.conf', foreign: undefined, kubeletVersion: '1.34.3' };

test('a host as desired has nothing to do', () => {
  expect(plan()).toMatchObject({ changes: [], later: [], refusals: [] });
});

describe('SELinux labels of containers', () => {
  const systemd = '"exec-opts": ["native.cgroupdriver=systemd"]';
  const on = { selinux: true } as const;
  const units = ['service:docker.service', 'service:cri-docker.service'];

  test('are one key of daemon.json, then engine and cri-dockerd restart', () => {
    const docker = daemonJson(`{${systemd}}`);
    expect(idsOf({ docker }, on)).toEqual([`file:${json}`, ...units]);
    expect(JSON.parse(textOf(json, { docker }, on) ?? '')).toMatchObject({ 'selinux-enabled': true });
    expect(changesOf({ docker, clusterState: joined }, on).map(({ disruption }) => disruption)).toEqual([
      'drain',
      'drain',
      'restart',
    ]);
    expect(idsOf({ docker })).toEqual([]);
  });

  test('are there once dockerd has read them', () => {
    const labelled = `{${systemd}, "selinux-enabled": true}`;
    expect(idsOf({ docker: daemonJson(labelled) }, on)).toEqual([]);
    expect(idsOf({ docker: daemonJson(labelled, started + 60) }, on)).toEqual(units);
    expect(JSON.parse(textOf(json, { docker: daemonJson(labelled) }, { selinux: false }) ?? '')).toMatchObject({
      'selinux-enabled': false,
    });
  });
});

describe('the cgroup driver', () => {
  const cgroupfs = { cgroupDriver: 'cgroupfs' } as const;

  test('is one word of daemon.json, then engine and cri-dockerd restart', () => {
    expect(idsOf({}, cgroupfs)).toEqual([`file:${json}`, 'service:docker.service', 'service:cri-docker.service']);
    expect(textOf(json, {}, cgroupfs)).toBe('{\n    "exec-opts": ["native.cgroupdriver=cgroupfs"]\n}\n');
    const [file, engine, bridge] = changesOf({}, cgroupfs);
    expect(file).toMatchObject({
      needsNoSandboxes: true,
      validate: [
        'dockerd',
        ...['-H', 'fd://', '--containerd=/run/containerd/containerd.sock'],
        ...['--validate', '--config-file', '{}'],
      ],
    });
    expect(engine).toMatchObject({ action: 'restart', needsNoSandboxes: true, disruption: 'restart' });
    expect(bridge).toMatchObject({ action: 'restart', disruption: 'restart' });
  });

  test('names containers of others that stop, but for live-restore', () => {
    const [, engine] = changesOf({}, cgroupfs);
    expect(engine?.because).toMatch(/stops containers that Kubernetes does not own: compose-db$/);
    const live = daemonJson('{"live-restore": true, "exec-opts": ["native.cgroupdriver=systemd"]}');
    expect(changesOf({ docker: live }, cgroupfs)[1]?.because).not.toContain('compose-db');
  });

  test('takes a drain on a node', () => {
    expect(changesOf({ clusterState: joined }, cgroupfs).map(({ disruption }) => disruption)).toEqual([
      'drain',
      'drain',
      'restart',
    ]);
  });

  test('keeps other options, and leaves one of several', () => {
    const two = '{"exec-opts": ["native.cgroupdriver=cgroupfs", "a=b", "native.cgroupdriver=systemd"]}';
    expect(textOf(json, { docker: daemonJson(two) })).toBe('{"exec-opts": ["native.cgroupdriver=systemd", "a=b"]}');
    expect(textOf(json, { docker: daemonJson('{"exec-opts": ["a=b"], "debug": true}') })).toBe(
      '{"exec-opts": ["a=b", "native.cgroupdriver=systemd"], "debug": true}',
    );
  });

  test('is not written where it is so without', () => {
    const v2 = { version: 'v2', controllers: [], boundElsewhere: [], freezer: true } as const;
    expect(idsOf({ docker: daemonJson(undefined), cgroups: v2 })).toEqual([]);
    expect(idsOf({ docker: daemonJson('  \n') })).toEqual([`file:${json}`]);
  });

  test('is asked for again where the engine was restarted after cri-dockerd', () => {
    const bridge = { ...recordedServices['cri-docker.service'], startedAtSeconds: started - 5 };
    const services = { ...recordedServices, 'cri-docker.service': bridge } as FactValues['services'];
    expect(idsOf({ services })).toEqual(['service:cri-docker.service']);
  });

  test('cannot be told where nobody answers and the file is newer than the engine', () => {
    const cri = { [criDockerdSocket]: { answered: false, reason: 'no answer within 10 s' } } as const;
    expect(idsOf({ cri })).toEqual(['service:cri-docker.service']);
    const newer = daemonJson(recordedDocker.config.text, started + 60);
    const changes = changesOf({ cri, docker: newer });
    expect(changes.map(({ id }) => id)).toEqual(['service:docker.service', 'service:cri-docker.service']);
    expect(changes[0]?.because).toContain('daemon.json is newer than the running dockerd');
    // systemd tells the start in whole seconds: a file of that second was there before.
    const justBefore = daemonJson(recordedDocker.config.text, started + 0.4);
    expect(idsOf({ cri, docker: justBefore })).toEqual(['service:cri-docker.service']);
  });

  test.each([
    ['restarts where containers outlive the engine', '"live-restore": true, ', '26.1.99', 'restart'],
    ['empties the node where the release line is another one', '"live-restore": true, ', '27.5.1', 'drain'],
    ['empties the node where they do not', '', '26.1.99', 'drain'],
  ])('another program than the running one on a node of a cluster %s', (_, live, engineVersion, disruption) => {
    const docker = {
      ...daemonJson(`{${live}"exec-opts": ["native.cgroupdriver=systemd"]}`),
      engineVersion,
      replaced: ['docker.service'],
    };
    const [engine] = changesOf({ docker, clusterState: joined });
    expect(engine).toMatchObject({ id: 'service:docker.service', action: 'restart', disruption });
    expect(engine?.kind === 'service' && engine.needsNoSandboxes === true).toBe(disruption === 'drain');
  });

  test('is no reason while the running program is another one', () => {
    expect(idsOf({ docker: { ...recordedDocker, replaced: ['cri-docker.service'] } })).toEqual([
      'service:cri-docker.service',
    ]);
  });
});

describe('a daemon.json that cannot be merged is refused', () => {
  test.each([
    ['not JSON', '{\n  "a": 1,\n}', /daemon\.json:3:1: a key in double quotes is expected/],
    ['a list', '[]', /daemon\.json:1:1: an object in braces is expected/],
    ['another kind of exec-opts', '{"exec-opts": "native.cgroupdriver=cgroupfs"}', /"exec-opts" cannot be changed/],
    ['hosts', '{"hosts": ["fd://"]}', /key "hosts", and \/usr\/lib\/systemd\/system\/docker\.service:\d+ .*--host/],
  ])('%s', (_, text, message) => {
    expect(refusalsOf({ docker: daemonJson(text) })).toEqual([expect.stringMatching(message)]);
  });

  test('and with it flags of the unit that say otherwise', () => {
    const options = (text: string, config: string | undefined) =>
      withUnitFile('/etc/default/docker', `DOCKER_OPTS="${text}"\n`, daemonJson(config));
    expect(refusalsOf({ docker: options('--exec-opt native.cgroupdriver=cgroupfs', undefined) })).toEqual([
      expect.stringMatching(/^\/etc\/default\/docker:1 gives dockerd --exec-opt native\.cgroupdriver=cgroupfs/),
    ]);
    expect(idsOf({ docker: options('--exec-opt native.cgroupdriver=systemd', undefined) })).toEqual([]);
    expect(refusalsOf({ docker: options('--exec-opt=x=y', '{"exec-opts": []}') })).toEqual([
      expect.stringMatching(/key "exec-opts", and \/etc\/default\/docker:1 gives dockerd --exec-opt/),
    ]);
    expect(refusalsOf({ docker: options('--config-file /etc/other.json', undefined) })).toEqual([
      expect.stringMatching(/has dockerd read \/etc\/other\.json/),
    ]);
    expect(refusalsOf({ docker: options('--debug --log-level=warn', '{"debug": true}') })).toEqual([
      expect.stringMatching(/key "debug"/),
    ]);
  });

  test('and a link', () => {
    const config = { ...aFile(json, '{}'), type: 'symlink', linkTarget: '/srv/daemon.json' } as const;
    expect(refusalsOf({ docker: { ...recordedDocker, config } })).toEqual([
      expect.stringMatching(/is a symlink to \/srv\/daemon\.json/),
    ]);
  });
});

describe('flags of cri-dockerd', () => {
  const other = { sandboxImage: 'example.com/pause:1', cniBinDir: '/usr/lib/cni' };

  test('stand in a drop-in of our own', () => {
    expect(idsOf({}, other)).toEqual([`file:${dropIn}`, 'service:cri-docker.service']);
    expect(textOf(dropIn, {}, other)).toMatch(
      /^# Written by nodeprep.*\n\[Service\]\nExecStart=\nExecStart=\/usr\/bin\/cri-dockerd --container-runtime-endpoint fd:\/\/ --pod-infra-container-image=example\.com\/pause:1 --cni-bin-dir=\/usr\/lib\/cni\n$/,
    );
  });

  test('keep what others have added, variables as they are', () => {
    const path = '/etc/systemd/system/cri-docker.service.d/50-site.conf';
    const text =
      '[Service]\nExecStart=\nExecStart=/usr/bin/cri-dockerd --container-runtime-endpoint fd:// --pod-infra-container-image old $MORE --log-level debug\n';
    expect(textOf(dropIn, { docker: withUnitFile(path, text) }, other)).toContain(
      'ExecStart=/usr/bin/cri-dockerd --container-runtime-endpoint fd:// $MORE --log-level debug --pod-infra-container-image=example.com/pause:1',
    );
  });

  const site = '/etc/systemd/system/cri-docker.service.d/50-site.conf';
  const started = (flags: string, more = '') =>
    `[Service]\n${more}ExecStart=\nExecStart=/usr/bin/cri-dockerd --container-runtime-endpoint fd:// --pod-infra-container-image=registry.k8s.io/pause:3.10.1${flags}\n`;

  const withSite = (text: string) =>
    withUnitFile(site, text, {
      ...recordedDocker,
      unitFiles: recordedDocker.unitFiles.filter(({ path }) => path !== dropIn),
    });

  test.each(['--network-plugin=kubenet', '--network-plugin ""', '--network-plugin no-op'])(
    '%s of somebody else gives way to CNI',
    flag => {
      const docker = withSite(started(` ${flag} --log-level debug`));
      expect(textOf(dropIn, { docker })).toMatch(
        / fd:\/\/ --log-level debug --pod-infra-container-image=registry\.k8s\.io\/pause:3\.10\.1 --network-plugin=cni\n$/,
      );
    },
  );

  test('a network plugin of an environment file loses too', () => {
    const docker = withSite(started(' $MORE', 'Environment="MORE=--network-plugin=kubenet"\n'));
    expect(textOf(dropIn, { docker })).toMatch(/ \$MORE --pod-infra-container-image=\S+ --network-plugin=cni\n$/);
    const kept = started(' $MORE --network-plugin=cni', 'Environment="MORE=--network-plugin=kubenet"\n');
    expect(plan({ docker: withSite(kept) })).toMatchObject({ changes: [], refusals: [] });
  });

  test('a network plugin in a later drop-in is refused by its name', () => {
    const late = '/etc/systemd/system/cri-docker.service.d/99-site.conf';
    expect(refusalsOf({ docker: withUnitFile(late, started(' --network-plugin=kubenet')) })).toEqual([
      expect.stringMatching(/99-site\.conf:3 starts cri-dockerd and applies after .* without --network-plugin=cni/),
    ]);
  });

  test('one that runs with another network plugin is restarted, however it came to it', () => {
    const docker = {
      ...recordedDocker,
      criDockerdArgv: [...recordedDocker.criDockerdArgv, '--network-plugin=kubenet'],
    };
    expect(plan({ docker }).changes).toMatchObject([
      { id: 'service:cri-docker.service', because: expect.stringMatching(/without --network-plugin=cni/) },
    ]);
  });

  test('where CNI configuration is looked for is left to whoever said so', () => {
    expect(plan({ docker: withSite(started(' --cni-conf-dir=/opt/net.d')) }).changes).toEqual([]);
  });

  test('are refused where a later drop-in would undo them, by its name', () => {
    const path = '/etc/systemd/system/cri-docker.service.d/99-site.conf';
    const text = '[Service]\nExecStart=\nExecStart=/usr/bin/cri-dockerd --container-runtime-endpoint fd://\n';
    expect(refusalsOf({ docker: withUnitFile(path, text) })).toEqual([
      expect.stringMatching(
        /99-site\.conf:3 starts cri-dockerd and applies after .*90-nodeprep\.conf, without --pod-infra/,
      ),
    ]);
    const right = text.replace('fd://', 'fd:// --pod-infra-container-image registry.k8s.io/pause:3.10.1');
    expect(plan({ docker: withUnitFile(path, right) })).toMatchObject({ changes: [], refusals: [] });
  });

  test('are not put around a wrapper', () => {
    const path = '/etc/systemd/system/cri-docker.service';
    const docker = { ...recordedDocker, unitFiles: [aFile(path, '[Service]\nExecStart=/opt/wrapper\n')] };
    expect(refusalsOf({ docker })).toEqual([expect.stringMatching(/does not plainly start cri-dockerd/)]);
  });
});

describe('packages', () => {
  const offered = (engine: string, bridge?: string): FactValues['candidates'] => ({
    'docker.io': { candidate: engine, versions: [engine], kept: [] },
    ...(bridge === undefined ? {} : { 'cri-dockerd': { candidate: bridge, versions: [bridge], kept: [] } }),
  });
  const bare = (candidates: FactValues['candidates']) => ({
    docker: {
      ...daemonJson(undefined),
      engine: '',
      engineVersion: undefined,
      criDockerd: '',
      criDockerdVersion: undefined,
    },
    packages: { ...recordedPackages, installed: {}, listsUpdatedSeconds: started },
    clock: { epochSeconds: started, aheadSeconds: 0, uncertaintySeconds: 1, synchronized: true },
    candidates,
    cri: {},
    archives: {},
  });
  const archives = {
    criDockerd: {
      source: { from: 'url', url: 'https://example.com/v0.4.0/cri-dockerd-0.4.0.amd64.tgz' },
      sha256: 'a'.repeat(64),
    },
  } as const;

  test('come first; what follows is announced', () => {
    const { changes, later } = plan(bare(offered('26.1.5+dfsg1-9', '0.4.0.3-0')));
    expect(changes.map(({ id, disruption }) => `${id} ${disruption}`)).toEqual([
      'package:docker.io none',
      'package:cri-dockerd none',
    ]);
    expect(later.map(({ target }) => target)).toEqual([
      json,
      dropIn,
      'docker.service',
      'cri-docker.socket',
      'cri-docker.service',
    ]);
  });

  test.each([
    ['goes without a drain where containers outlive the engine', '"live-restore": true, ', '26.1.99', 'restart'],
    ['of another line empties the node all the same', '"live-restore": true, ', '26.2.1', 'drain'],
    ['empties the node where they do not', '', '26.1.99', 'drain'],
  ])('another version on a node of a cluster %s', (_, live, version, worst) => {
    const docker = daemonJson(`{${live}"exec-opts": ["native.cgroupdriver=systemd"]}`);
    const candidates = offered(`${version}-1`, '0.4.0.3-0');
    const { changes, later } = plan({ docker, candidates, clusterState: joined }, { version });
    expect(changes.map(({ id, disruption }) => `${id} ${disruption}`)).toContain(`package:docker.io ${worst}`);
    expect(later.filter(({ target }) => target === 'docker.service')).toMatchObject([{ disruption: worst }]);
    expect([...changes, ...later].some(({ disruption }) => disruption === 'drain')).toBe(worst === 'drain');
  });

  test('an engine that runs and tells no number is taken for one of another line', () => {
    const docker = {
      ...daemonJson('{"live-restore": true, "exec-opts": ["native.cgroupdriver=systemd"]}'),
      replaced: ['docker.service'],
    };
    const cri = { ...recordedCri, [criDockerdSocket]: { ...recordedCri[criDockerdSocket], runtimeVersion: 'dev' } };
    const { changes } = plan({ docker, cri: cri as typeof recordedCri, clusterState: joined });
    expect(changes.filter(({ target }) => target === 'docker.service')).toMatchObject([{ disruption: 'drain' }]);
  });

  test('are held with what the engine runs on, whatever version is there', () => {
    const docker = ['docker.io', 'docker-cli', 'containerd', 'runc'];
    expect(plan(bare(offered('26.1.5+dfsg1-9', '0.4.0.3-0'))).changes).toMatchObject([
      { holds: docker, summary: 'docker.io 26.1.5+dfsg1-9, held' },
      { holds: ['cri-dockerd'], summary: 'cri-dockerd 0.4.0.3-0, held' },
    ]);
    const { changes } = plan({ packages: { ...recordedPackages, held: ['docker-cli'] } });
    expect(changes.map(({ id, phase, disruption }) => `${id} ${phase} ${disruption}`)).toEqual(
      ['docker.io', 'containerd', 'runc', 'cri-dockerd'].map(name => `hold:${name} stage none`),
    );
  });

  test('or an archive, with units of our own', () => {
    expect(idsOf(bare(offered('26.1.5+dfsg1-9')), { archives })).toEqual([
      'package:docker.io',
      'archive:criDockerd',
      'file:/etc/systemd/system/cri-docker.socket',
      'file:/etc/systemd/system/cri-docker.service',
    ]);
    expect(refusalsOf({}, { archives })).toEqual([
      expect.stringMatching(/^package cri-dockerd 0\.4\.0\.3-0 is installed/),
    ]);
  });

  test('with the way to cri-dockerd where no source has it', () => {
    expect(plan(bare(offered('26.1.5+dfsg1-9'))).refusals).toMatchObject([
      { message: expect.stringMatching(/^cri-dockerd is not on offer/), hint: expect.stringContaining('criDockerd') },
    ]);
  });

  test('that do not fit are refused, naming both', () => {
    const old = /^Docker Engine 20\.10\.24 and cri-dockerd 0\.4\.0 do not fit: .* API 1\.42, this engine speaks 1\.41$/;
    expect(refusalsOf(bare(offered('20.10.24+dfsg1-1', '0.4.0.3-0')))).toEqual([expect.stringMatching(old)]);
    expect(refusalsOf(bare(offered('20.10.24+dfsg1-1')), { archives })).toEqual([expect.stringMatching(old)]);
    expect(refusalsOf({ docker: { ...recordedDocker, engineVersion: '20.10.24' } })).toEqual([
      expect.stringMatching(old),
    ]);
  });

  describe('that cannot be beside the engine', () => {
    const repository = { url: 'https://example.com/linux/debian' };
    const upstream = { source: 'upstream', repository } as const;
    const docker = { ...recordedDocker, containers: [] };
    const needs = (by: string, depends: string): FactValues['packageNeeds'] => [{ needed: 'runc', by, depends }];
    const offer = { candidate: '5:28.5.2-1~debian', versions: ['5:28.5.2-1~debian'], kept: [] };
    const offered = {
      candidates: { 'docker-ce': offer },
      aptSources: {
        manager: 'apt',
        entries: [
          {
            path: '/etc/apt/sources.list.d/docker.list',
            uri: repository.url,
            suite: 'trixie',
            components: ['stable'],
          },
        ],
        own: [],
        keys: {},
      } as unknown as FactValues['aptSources'],
    };

    test('go for it, by name', () => {
      const facts = { ...offered, docker, packageNeeds: needs('docker.io', 'runc (>= 1.0)') };
      const { refusals, changes, migration } = plan(facts, upstream);
      expect(refusals).toEqual([]);
      expect(changes[0]).toMatchObject({
        id: 'package:docker-ce',
        removes: ['docker.io', 'docker-cli', 'containerd', 'runc'],
        summary: expect.stringMatching(/in place of docker\.io \S+, docker-cli \S+, containerd \S+, runc \S+$/),
        phase: 'switch',
        disruption: 'restart',
        needsNoSandboxes: true,
      });
      expect(migration?.effects.join()).toMatch(/docker-ce\) comes in place of docker\.io/);
      const ofNode = plan({ ...facts, clusterState: joined }, upstream);
      expect(ofNode.changes[0]?.disruption).toBe('drain');
    });

    test.each([
      ['that nobody else gives', 'podman', 'runc (>= 1.1)', ['podman needs runc (>= 1.1)']],
      ['that the new ones give too', 'podman', 'crun | runc', []],
    ])('bar it where something needs them %s', (_, by, depends, expected) => {
      const refusals = refusalsOf({ ...offered, docker, packageNeeds: needs(by, depends) }, upstream);
      expect(refusals).toEqual(expected.map(text => expect.stringContaining(text)));
    });

    test('bar it where what needs them, or what they run, is unknown', () => {
      const unread = { ...recordedDocker, containers: undefined };
      expect(refusalsOf({ ...offered, docker: unread, packageNeeds: [] }, upstream)).toEqual([
        expect.stringMatching(/is unknown/),
      ]);
      expect(refusalsOf({ ...offered, docker }, upstream)).toEqual([expect.stringMatching(/what else needs them/)]);
    });
  });

  test('of upstream wait for their repository; archives do not', () => {
    const { changes, later } = plan(bare({}), { source: 'upstream', archives });
    expect(changes.map(({ kind }) => kind)).toEqual([
      'repository-key',
      'file',
      'package-lists',
      'archive',
      'file',
      'file',
    ]);
    expect(later[0]).toMatchObject({ target: 'docker-ce', setting: 'docker-ce' });
  });
});

describe('cri-dockerd in place of an archive that nodeprep installed', () => {
  const program = '/usr/local/bin/cri-dockerd';
  const directory = '/etc/systemd/system';
  const archive = { source: { from: 'file', path: '/cri-dockerd.tgz' }, sha256: 'a'.repeat(64) } as const;
  const written = planCriDockerdArchive(
    {
      archives: {},
      docker: { ...recordedDocker, criDockerd: '', unitFiles: [] },
      packages: { ...recordedPackages, installed: {} },
    },
    archive,
  ).changes.flatMap(change =>
    change.kind === 'file' && change.after.state === 'file' ? [aFile(change.path, change.after.text)] : [],
  );
  const site = (text: string) => aFile(`${directory}/cri-docker.service.d/50-site.conf`, text);
  const ownDropIn = aFile(
    dropIn,
    `# Written by nodeprep; the next \`nodeprep apply\` overwrites changes made here.\n[Service]\nExecStart=\nExecStart=${program} --container-runtime-endpoint fd:// --pod-infra-container-image=registry.k8s.io/pause:3.10.1\n`,
  );
  const record = (changed: readonly string[] = []) => ({
    criDockerd: { sha256: archive.sha256, files: [program], changed },
  });
  const unit = (name: string) => {
    const found = recordedServices[name];
    if (found === undefined) throw new Error(name);
    return { ...found, unitFileState: 'enabled', fragmentPath: `${directory}/${name}` };
  };
  const { 'cri-dockerd': _, ...installed } = recordedPackages.installed;
  const offer = { candidate: '0.4.0.3-0', versions: ['0.4.0.3-0'], kept: [] };
  const ofArchive: Overrides = {
    archives: record(),
    candidates: { 'cri-dockerd': offer },
    clock: { epochSeconds: started, aheadSeconds: 0, uncertaintySeconds: 1, synchronized: true },
    docker: { ...recordedDocker, criDockerd: program, unitFiles: [...written, ownDropIn] },
    packages: { ...recordedPackages, installed, listsUpdatedSeconds: started },
    services: {
      ...recordedServices,
      'cri-docker.service': unit('cri-docker.service'),
      'cri-docker.socket': unit('cri-docker.socket'),
    },
  };

  test('its socket goes before it, then what nodeprep wrote, and the package comes; the engine is not touched', () => {
    const { changes, later, refusals, migration } = plan(ofArchive);
    expect(refusals).toEqual([]);
    expect(changes.filter(({ kind }) => kind !== 'hold').map(({ id }) => id)).toEqual([
      'service:cri-docker.socket',
      'service:cri-docker.service',
      `file:${directory}/cri-docker.socket`,
      `file:${directory}/cri-docker.service`,
      `file:${dropIn}`,
      'archive-removal:criDockerd',
      'package:cri-dockerd',
    ]);
    for (const change of changes.filter(({ kind }) => kind !== 'hold')) {
      expect(change).toMatchObject({
        phase: 'switch',
        needsNoSandboxes: true,
        reversible: true,
        disruption: 'restart',
      });
    }
    expect(changes.at(-1)?.summary).toBe('cri-dockerd 0.4.0.3-0, held, in place of cri-dockerd 0.4.0 of its archive');
    expect(later.map(({ target, setting }) => `${target} ${setting}`)).toContain(
      `${dropIn} sandbox image = registry.k8s.io/pause:3.10.1`,
    );
    expect(migration).toMatchObject({
      from: ['cri-dockerd 0.4.0 of its archive'],
      to: 'docker',
      keep: expect.stringContaining('runtime.archives.criDockerd'),
    });
    const ofNode = plan({ ...ofArchive, clusterState: joined });
    expect(ofNode.changes.find(({ id }) => id === 'package:cri-dockerd')?.disruption).toBe('drain');
  });

  test("what nodeprep's own drop-in has set is announced, since it goes too", () => {
    const files = [...written, site('[Service]\nEnvironment=A=b\n'), ownDropIn];
    const noPlugin = site(`[Service]\nExecStart=\nExecStart=/usr/bin/cri-dockerd --network-plugin=no-op\n`);
    const announcedBy = (unitFiles: typeof files) =>
      plan({ ...ofArchive, docker: { ...recordedDocker, criDockerd: program, unitFiles } }).later.map(
        ({ setting }) => setting,
      );
    expect(announcedBy(files)).not.toContain('network plugin = cni');
    expect(announcedBy([...written, noPlugin, ownDropIn])).toContain('network plugin = cni');
  });

  test.each<[string, Overrides, RegExp]>([
    ['that nobody offers', { candidates: {} }, /^cri-dockerd is not on offer/],
    [
      'where somebody has changed it since',
      { archives: record([program]) },
      /^what the archives of cri-dockerd put on this host has been changed since: \/usr\/local\/bin\/cri-dockerd/,
    ],
    [
      'where a file of somebody else names it',
      {
        docker: {
          ...recordedDocker,
          criDockerd: program,
          unitFiles: [...written, site(`[Service]\nExecStart=\nExecStart=${program} --log-level=debug\n`)],
        },
      },
      /50-site\.conf, which nodeprep did not write, names \/usr\/local\/bin\/cri-dockerd, which would go$/,
    ],
    [
      'under a unit of somebody else',
      {
        docker: {
          ...recordedDocker,
          criDockerd: program,
          unitFiles: written.map(({ path }) => aFile(path, `[Service]\nExecStart=${program}\n`)),
        },
      },
      /^cri-docker\.socket is .*which nodeprep did not write.*cri-docker\.service is .*which nodeprep did not write/,
    ],
    [
      'where its package has been installed over it',
      { packages: { ...recordedPackages, listsUpdatedSeconds: started } },
      /^package cri-dockerd 0\.4\.0\.3-0 is installed beside \/usr\/local\/bin\/cri-dockerd of the archive/,
    ],
  ])('it is refused: %s', (_, facts, said) => {
    const { changes, refusals } = plan({ ...ofArchive, ...facts });
    expect(changes).toEqual([]);
    expect(refusals.map(({ message }) => message).join()).toMatch(said);
  });

  test('with an engine that goes for another one, both are told', () => {
    const repository = { url: 'https://example.com/linux/debian' };
    const entry = {
      path: '/etc/apt/sources.list.d/docker.list',
      uri: repository.url,
      suite: 'trixie',
      components: ['stable'],
    };
    const facts: Overrides = {
      ...ofArchive,
      aptSources: { manager: 'apt', entries: [entry], own: [], keys: {} } as unknown as FactValues['aptSources'],
      candidates: {
        'cri-dockerd': offer,
        'docker-ce': { candidate: '5:28.5.2-1~debian', versions: ['5:28.5.2-1~debian'], kept: [] },
      },
      docker: { ...recordedDocker, criDockerd: program, unitFiles: [...written, ownDropIn], containers: [] },
      packageNeeds: [],
    };
    const { migration, refusals } = plan(facts, { source: 'upstream', repository });
    expect(refusals).toEqual([]);
    expect(migration?.from).toEqual([
      expect.stringMatching(/^Docker Engine .* of docker\.io/),
      'cri-dockerd 0.4.0 of its archive',
    ]);
    expect(migration?.effects).toContain('cri-dockerd of a package comes in place of cri-dockerd 0.4.0 of its archive');
  });

  test('what nodeprep has no record of stays', () => {
    const { changes, refusals, migration } = plan({ ...ofArchive, archives: {} });
    expect({ changes, refusals, migration }).toEqual({ changes: [], refusals: [], migration: undefined });
  });

  test('a drop-in of ours that starts what a package brought, which has gone by hand, is written anew', () => {
    const stale = aFile(dropIn, ownDropIn.text?.replaceAll(program, '/usr/bin/cri-dockerd'));
    const facts = { ...ofArchive, docker: { ...recordedDocker, criDockerd: program, unitFiles: [...written, stale] } };
    expect(textOf(dropIn, facts, { archives: { criDockerd: archive } })).toBe(ownDropIn.text);
    const right = { ...facts, docker: { ...facts.docker, unitFiles: [...written, ownDropIn] } };
    expect(idsOf(right, { archives: { criDockerd: archive } })).not.toContain(`file:${dropIn}`);
  });

  test('the other way is refused, with what is there and the two ways out', () => {
    expect(plan({}, { archives: { criDockerd: archive } }).refusals).toMatchObject([
      {
        message: expect.stringMatching(
          /^package cri-dockerd 0\.4\.0\.3-0 is installed, and the inventory asks for cri-dockerd from archives/,
        ),
        hint: expect.stringMatching(
          /taking runtime\.archives\.criDockerd out .*drain the node.*\(systemctl disable --now cri-docker\.socket cri-docker\.service && apt-get remove cri-dockerd\)/,
        ),
      },
    ]);
  });
});

test.each([
  [{ name: 'docker', source: 'archive' }, false],
  [{ name: 'mirantis', source: 'distribution' }, false],
  [{ name: 'mirantis', source: 'upstream' }, true],
  [{ name: 'containerd' }, false],
] as const)('%j is its own: %s', (runtime, isOwn) => {
  expect(docker.appliesTo(desiredNode({ runtime }))).toBe(isOwn);
});
