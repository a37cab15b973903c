import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../src/core/observed.ts';
import type { ObservedFacts } from '../../src/facts/index.ts';
import type { RuntimeData } from '../../src/facts/runtime-contents.ts';
import type { Service } from '../../src/facts/services.ts';
import { planPurge } from '../../src/plan/purge.ts';
import { desiredNode } from '../desired.ts';
import { recordedDocker } from '../docker-host.ts';
import { aService, bareFacts, observed } from './facts.ts';

const data: readonly RuntimeData[] = [
  { owner: 'containerd', path: '/data/containerd', kib: 3_500_000, images: 7 },
  { owner: 'docker', path: '/var/lib/docker', kib: 2048, images: 1 },
  { owner: 'crio', path: '/var/lib/containers', kib: null, images: null },
];
const stopped = (...units: readonly string[]): Readonly<Record<string, Service>> =>
  Object.fromEntries(units.map(unit => [unit, aService({ unitFileState: 'disabled', activeState: 'inactive' })]));
const units = stopped('containerd.service', 'docker.service', 'docker.socket', 'crio.service');
const container = { name: 'web', kubernetes: null, running: false } as const;

const facts = (extra: Partial<ObservedFacts> = {}): ObservedFacts => ({
  ...observed({ ...bareFacts, services: units }),
  runtimeContents: known({ tasks: [], data }),
  docker: known({ ...recordedDocker, containers: [] }),
  cri: known({}),
  ...extra,
});
const plan = (
  name: 'containerd' | 'cri-o' | 'docker',
  found: ObservedFacts = facts(),
  willRetire = false,
  foreignContainers: readonly string[] = [],
) => {
  const desired = desiredNode({});
  return planPurge(found, { ...desired, runtime: { ...desired.runtime, name, foreignContainers } }, { willRetire });
};
const paths = (...given: Parameters<typeof plan>) => plan(...given).data.map(({ path }) => path);
const running = (unit: string) =>
  known({ ...units, [unit]: aService({ unitFileState: 'enabled', activeState: 'active' }) });

describe('data of old runtimes', () => {
  test.each([
    ['containerd', ['/var/lib/containers', '/var/lib/docker']],
    ['cri-o', ['/data/containerd', '/var/lib/docker']],
    ['docker', ['/var/lib/containers']],
  ] as const)('of a host with %s goes, where it really lies; containerd below Docker stays', (name, expected) => {
    expect(paths(name)).toEqual(expected);
  });

  test('is told with its size, and that there is no way back', () => {
    expect(plan('cri-o').data[0]?.change).toMatchObject({
      ...{ id: 'purge:/data/containerd', kind: 'purge', reversible: false },
      summary: 'removed once the run is committed: 7 images and data (3.3 GiB) of containerd',
    });
    expect(plan('docker').kept).toEqual([
      '/data/containerd, the data of containerd, stays: the runtime that stays keeps its containers there',
    ]);
  });

  test('of a runtime that serves goes with the run that retires it, and not while it serves', () => {
    const serving = facts({ services: running('crio.service') });
    expect(paths('containerd', serving, true)).toContain('/var/lib/containers');
    expect(paths('containerd', serving, false)).not.toContain('/var/lib/containers');
    expect(plan('containerd', serving).kept).toEqual([
      '/var/lib/containers, the data of CRI-O, stays: crio.service is in use',
    ]);
  });

  test('of an engine that runs for others stays, whatever the run does', () => {
    const engine = facts({ services: running('docker.service') });
    expect(paths('cri-o', engine, true)).toEqual([]);
    expect(plan('cri-o', engine, true).kept.join('\n')).toContain('docker.service is in use');
  });

  test('with containers of others stays, also where these have ended, unless the inventory names them', () => {
    const foreign = facts({
      docker: known({ ...recordedDocker, containers: [{ ...container, id: 'a1' }] as never }),
    });
    expect(paths('cri-o', foreign)).toEqual(['/data/containerd']);
    expect(plan('cri-o', foreign).kept.join()).toContain('it holds containers that Kubernetes does not own: web');
    expect(paths('cri-o', foreign, false, ['web'])).toEqual(['/data/containerd', '/var/lib/docker']);
  });

  test('of which nobody knows what it holds stays', () => {
    const unread = facts({ docker: known({ ...recordedDocker, containers: undefined }) });
    expect(plan('cri-o', unread).kept.join()).toContain("Docker's own records could not be read");
    expect(plan('cri-o', facts({ runtimeContents: unknown('no root') }))).toEqual({ data: [], kept: [] });
  });
});
