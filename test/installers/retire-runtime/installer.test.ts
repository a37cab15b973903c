import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../../src/core/observed.ts';
import type { CriAnswer, CriAnswers } from '../../../src/facts/cri.ts';
import type { FactValues, ObservedFacts } from '../../../src/facts/index.ts';
import type { RuntimeContents } from '../../../src/facts/runtime-contents.ts';
import { retireRuntime } from '../../../src/installers/retire-runtime/installer.ts';
import { debian } from '../../../src/os/debian.ts';
import { type DesiredOverrides, desiredNode } from '../../desired.ts';
import { dockerFacts, recordedDocker, recordedServices } from '../../docker-host.ts';
import { aFile } from '../../host-file.ts';
import { aService, noContainerd, observed } from '../../plan/facts.ts';

const sockets = {
  containerd: '/run/containerd/containerd.sock',
  'cri-o': '/run/crio/crio.sock',
  docker: '/run/cri-dockerd.sock',
} as const;
const serving = (name: keyof typeof sockets, sandboxes = 0): CriAnswers => ({
  [sockets[name]]: {
    ...{ answered: true, runtimeName: name, runtimeVersion: '1.2.3', conditions: [], config: undefined },
    ...{ cgroupDriver: null, handlers: [], sandboxes },
  } satisfies CriAnswer,
});
const joined = { joined: true, evidence: '/etc/kubernetes/kubelet.conf', foreign: undefined, kubeletVersion: '1.34.3' };
const contents = (tasks: RuntimeContents['tasks'] = []): RuntimeContents => ({
  tasks,
  data: [
    { owner: 'containerd', path: '/var/lib/containerd', kib: 3_500_000, images: 7 },
    { owner: 'docker', path: '/var/lib/docker', kib: null, images: 1 },
    { owner: 'crio', path: '/var/lib/containers', kib: 900, images: null },
  ],
});
const aContainerd = (text: string | undefined): FactValues['containerd'] => ({
  ...noContainerd,
  binary: '/usr/bin/containerd',
  version: '1.7.24',
  config: aFile('/etc/containerd/config.toml', text),
});
const units = (names: readonly string[], state: Parameters<typeof aService>[0] = {}): FactValues['services'] =>
  Object.fromEntries(names.map(name => [name, aService(state)]));
const dockerUnits = ['docker.service', 'docker.socket', 'cri-docker.service', 'cri-docker.socket'];
const noDocker = { ...recordedDocker, engine: '', criDockerd: '', containers: undefined };

/** A host with these runtimes running, as its facts tell. */
const host = {
  containerd: {
    cri: serving('containerd'),
    services: units(['containerd.service']),
    containerd: aContainerd('version = 2\n'),
    docker: noDocker,
    runtimeContents: contents(),
  },
  'cri-o': {
    cri: serving('cri-o'),
    services: units(['crio.service']),
    docker: noDocker,
    runtimeContents: contents(),
  },
  docker: {
    cri: serving('docker'),
    services: units([...dockerUnits, 'containerd.service']),
    containerd: aContainerd('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'),
    docker: { ...recordedDocker, containers: [] },
    runtimeContents: contents(),
  },
} satisfies Record<string, Partial<FactValues>>;

const planOf = (facts: ObservedFacts, runtime: DesiredOverrides['runtime']) =>
  retireRuntime.plan(facts, desiredNode({ runtime: { ...runtime } }), debian);
const plan = (facts: Partial<FactValues>, name: 'containerd' | 'cri-o' | 'docker' | 'mirantis', more = {}) =>
  planOf(observed(facts), { name, ...more });
const ids = ({ changes }: ReturnType<typeof plan>) => changes.map(({ id }) => id.replace('service:', ''));

describe('what becomes of the runtime that serves now', () => {
  const criOff = ['file:/etc/containerd/config.toml', 'containerd.service'];
  const engine = ['cri-docker.socket', 'cri-docker.service', 'docker.socket', 'docker.service'];
  test.each([
    ['containerd', 'cri-o', ['containerd.service'], /7 images and data \(3\.3 GiB\) of containerd stay in/],
    ['containerd', 'docker', criOff, /containerd\.service is restarted/],
    ['containerd', 'mirantis', criOff, /containerd\.service is restarted/],
    ['cri-o', 'containerd', ['crio.service'], /the images and data \(900 KiB\) of CRI-O stay in/],
    ['cri-o', 'docker', ['crio.service'], /crio\.service is stopped and disabled/],
    ['cri-o', 'mirantis', ['crio.service'], /crio\.service is stopped and disabled/],
    ['docker', 'containerd', engine, /docker\.service is stopped and disabled.*1 image and data of Docker Engine/],
    ['docker', 'cri-o', [...engine, 'containerd.service'], /docker\.service is stopped and disabled/],
  ] as const)('%s → %s', (from, to, expected, effects) => {
    const found = plan(host[from], to);
    expect(found.refusals).toEqual([]);
    expect(ids(found)).toEqual(expected);
    expect(found.changes.every(change => change.needsNoSandboxes)).toBe(true);
    expect(found.changes.map(({ disruption }) => disruption)).toEqual(expected.map(() => 'restart'));
    expect(found.migration).toMatchObject({ to, from: [expect.stringMatching(/1\.2\.3 at \/run\//)] });
    expect(found.migration?.effects.join('; ')).toMatch(effects);
    const ofNode = plan({ ...host[from], clusterState: joined }, to);
    expect(ofNode.changes.map(({ disruption }) => disruption)).toEqual(expected.map(() => 'drain'));
  });

  test.each([
    ['containerd', 'containerd'],
    ['cri-o', 'cri-o'],
    ['docker', 'docker'],
  ] as const)('%s stays where it is wanted', (from, to) => {
    expect(plan(host[from], to)).toMatchObject({ changes: [], later: [], refusals: [] });
    expect(plan(host[from], to).migration).toBeUndefined();
  });

  test('what would serve from the next boot on is retired too, with no word of what is stopped already', () => {
    const services = units(['crio.service'], { activeState: 'inactive' });
    expect(plan({ ...host['cri-o'], cri: {}, services }, 'containerd').changes).toMatchObject([
      { unit: 'crio.service', enabled: false, active: false, before: { activeState: 'inactive' } },
    ]);
    const off = units(['crio.service'], { activeState: 'inactive', unitFileState: 'disabled' });
    expect(plan({ ...host['cri-o'], cri: {}, services: off }, 'containerd').migration).toBeUndefined();
  });

  test('an engine without cri-dockerd is no runtime of Kubernetes, and keeps its containerd', () => {
    const services = units(['docker.service', 'docker.socket', 'containerd.service']);
    const both = { ...host.containerd, docker: { ...recordedDocker, criDockerd: '' }, services };
    expect(plan(both, 'containerd').changes).toEqual([]);
    expect(ids(plan(both, 'cri-o'))).toEqual(['file:/etc/containerd/config.toml', 'containerd.service']);
  });
});

describe('containerd beneath Docker', () => {
  const beside = { ...serving('docker'), ...serving('containerd') };
  const beneath = (text: string, cri: CriAnswers = beside) => ({ ...host.docker, cri, containerd: aContainerd(text) });

  test.each([
    ['a versioned file', 'version = 2\n', 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'],
    ['one with other plugins off', 'disabled_plugins = ["aufs"]\n', 'disabled_plugins = ["aufs", "cri"]\n'],
  ])('serves no CRI: %s', (_, before, after) => {
    const found = plan(beneath(before), 'docker');
    expect(ids(found)).toEqual(['file:/etc/containerd/config.toml', 'containerd.service']);
    expect(found.changes[0]).toMatchObject({ after: { text: after }, disruption: 'restart' });
    expect(found.migration).toBeUndefined();
  });

  test('is restarted where only the running one still does', () => {
    expect(ids(plan(beneath('disabled_plugins = ["cri"]\n'), 'docker'))).toEqual(['containerd.service']);
    expect(ids(plan(beneath('disabled_plugins = ["cri"]\n', serving('docker')), 'docker'))).toEqual([]);
  });

  test('is left alone where the inventory keeps it', () => {
    expect(plan(beneath('version = 2\n'), 'docker', { keepContainerdCri: true }).changes).toEqual([]);
    const node = { ...host.containerd, clusterState: joined };
    expect(plan(node, 'docker', { keepContainerdCri: true }).refusals).toMatchObject([
      { message: expect.stringMatching(/keepContainerdCri keeps the endpoint that its kubelet uses now/) },
    ]);
  });

  test('with pods of its own it is a migration', () => {
    const pods = { ...beside, ...serving('containerd', 2) };
    expect(plan(beneath('version = 2\n', pods), 'docker').migration).toBeDefined();
    const only = { ...beneath('version = 2\n', serving('containerd')), clusterState: joined };
    const found = plan(only, 'docker');
    expect(found.migration).toBeDefined();
    expect(found.changes.map(({ disruption }) => disruption)).toEqual(['drain', 'drain']);
  });

  test('comes with the packages: its end is announced before they are there', () => {
    expect(plan({ docker: noDocker }, 'docker').later.map(({ target }) => target)).toEqual([
      '/etc/containerd/config.toml',
      'containerd.service',
    ]);
    expect(plan({ docker: noDocker }, 'docker', { keepContainerdCri: true }).later).toEqual([]);
    expect(plan({ docker: noDocker }, 'cri-o').later).toEqual([]);
  });
});

describe('containers that Kubernetes does not own', () => {
  const running = ['db', 'web'].map(name => ({ name, kubernetes: null, running: true }));
  const others = [
    { name: 'ended', kubernetes: null, running: false },
    { name: 'k8s_POD_x', kubernetes: 'sandbox', running: true },
  ] as const;
  const withDocker = { ...host.docker, docker: { ...recordedDocker, containers: [...running, ...others] } };
  const withTasks = {
    ...host.containerd,
    runtimeContents: contents([{ namespace: 'default', id: 'web' }]),
  };

  test.each([
    ['Docker', withDocker, 'containerd', ['db', 'web']],
    ['containerd', withTasks, 'cri-o', ['default/web']],
  ] as const)('bar the migration by name: %s', (_, facts, to, names) => {
    const { refusals } = plan(facts, to);
    expect(refusals).toMatchObject([
      {
        code: 'plan-refused',
        message: expect.stringContaining(`they would stop: ${names.join(', ')}`),
        hint: expect.stringContaining(`foreignContainers: [${names.join(', ')}]`),
      },
    ]);
    const allowed = plan(facts, to, { foreignContainers: names });
    expect(allowed.refusals).toEqual([]);
    expect(allowed.migration?.effects.join()).toContain(`these containers stop: ${names.join(', ')}`);
    expect(plan(facts, to, { foreignContainers: names.slice(1) }).refusals).toHaveLength(1);
  });

  test('those of containerd run on while it restarts beneath Docker', () => {
    expect(plan(withTasks, 'docker').refusals).toEqual([]);
  });

  test.each([
    ['the records of Docker', { docker: known({ ...recordedDocker, containers: undefined }) }, 'docker', 'containerd'],
    ['the fact of Docker', { docker: unknown('no root') }, 'docker', 'containerd'],
    ['the tasks of containerd', { runtimeContents: unknown('no root') }, 'containerd', 'cri-o'],
  ] as const)('are never taken for none: %s', (_, facts, from, to) => {
    const all = { ...observed(host[from]), ...facts } as ObservedFacts;
    expect(planOf(all, { name: to }).refusals).toMatchObject([{ message: expect.stringMatching(/is unknown/) }]);
  });
});

test('the recorded host with Docker has nothing to retire', () => {
  expect(planOf(dockerFacts, { name: 'docker' })).toMatchObject({ changes: [], refusals: [] });
  expect(recordedServices['cri-docker.service']?.activeState).toBe('active');
});
