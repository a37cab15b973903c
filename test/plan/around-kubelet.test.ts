import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/changes/change.ts';
import { known } from '../../src/core/observed.ts';
import type { ObservedFacts } from '../../src/facts/index.ts';
import { aroundKubelet } from '../../src/plan/around-kubelet.ts';
import { buildHostPlan, type PlanOptions } from '../../src/plan/build-plan.ts';
import { type DesiredOverrides, desiredNode } from '../desired.ts';
import { aKubelet, kubeletConfig, root } from '../kubelet.ts';
import { afterNodeChanges, criAnswer, kubeletService } from '../kubelet-node.ts';
import { aService, bareFacts, now, observed, type PlanFacts } from './facts.ts';
import { afterChanges } from './simulate.ts';

const options: PlanOptions = { withoutDrain: false, allowIrreversible: false, mask: text => text, rollout: true };
const plan = (facts: Partial<PlanFacts>, desired: DesiredOverrides = {}, extra: Partial<PlanOptions> = {}) =>
  buildHostPlan(observed(facts), desiredNode(desired), { ...options, ...extra });

const config = '/var/lib/kubelet/config.yaml';
const joined = { joined: true, evidence: '/etc/kubernetes/kubelet.conf', foreign: undefined, kubeletVersion: '1.34.3' };

/** A node that has been prepared for this driver and has joined; synthetic. */
const nodeOn = (driver: 'systemd' | 'cgroupfs', extra: Partial<PlanFacts> = {}): PlanFacts => {
  const desired = desiredNode({ runtime: { cgroupDriver: driver } });
  const round = (facts: PlanFacts) =>
    afterChanges(facts, buildHostPlan(observed(facts), desired, { ...options, rollout: false }).changes);
  const prepared = round(round(bareFacts));
  return {
    ...prepared,
    clusterState: joined,
    cri: {},
    kubelet: aKubelet({
      files: { [config]: kubeletConfig.replace('systemd', driver) },
      cgroupRoots: [root(driver, true)],
    }),
    services: { ...prepared.services, 'kubelet.service': kubeletService },
    ...extra,
  };
};

const steps = (changes: ReturnType<typeof plan>['changes']) => changes.map(({ phase, id }) => `${phase} ${id}`);

describe('a node whose driver changes', () => {
  test('a node as desired: nothing', () => {
    const { changes, later, refusals } = plan(nodeOn('systemd'));
    expect({ changes, later, refusals }).toEqual({ changes: [], later: [], refusals: [] });
  });

  test.each(['systemd', 'cgroupfs'] as const)(
    'to %s: kubelet stopped first and started last, the second plan is empty',
    driver => {
      const before = nodeOn(driver === 'systemd' ? 'cgroupfs' : 'systemd');
      const desired = { runtime: { cgroupDriver: driver } };
      const { changes, refusals } = plan(before, desired);
      expect(refusals).toEqual([]);
      expect(steps(changes)).toEqual([
        'quiesce service:kubelet.service:stop',
        'switch cgroup-roots',
        'switch file:/etc/containerd/config.toml',
        `switch file:${config}`,
        'resume service:containerd.service',
        'resume service:kubelet.service',
      ]);
      expect(changes.every(({ disruption }) => disruption === 'drain')).toBe(true);
      expect(changes[0]).toMatchObject({ active: false, before: { activeState: 'active', unitFileState: 'enabled' } });
      expect(changes.at(-1)).toMatchObject({ active: true, because: expect.stringContaining(`not ${driver}`) });
      expect(plan(afterNodeChanges(before, changes), desired)).toMatchObject({ changes: [], later: [], refusals: [] });
    },
  );

  test('kubelet and runtime disagree: the side that is wrong changes, and the kubelet proves its driver anew', () => {
    const kubelet = { ...nodeOn('systemd').kubelet, cgroupRoots: [root('systemd', false), root('cgroupfs', false)] };
    const before = nodeOn('cgroupfs', { kubelet });
    const { changes } = plan(before);
    expect(steps(changes)).toEqual([
      'quiesce service:kubelet.service:stop',
      'switch cgroup-roots',
      'switch file:/etc/containerd/config.toml',
      'resume service:containerd.service',
      'resume service:kubelet.service',
    ]);
    expect(plan(afterNodeChanges(before, changes)).changes).toEqual([]);
  });

  test('a kubelet that takes its driver from the runtime: its file says nothing before and after', () => {
    const text = kubeletConfig.replace('cgroupDriver: systemd\n', '');
    const before = nodeOn('cgroupfs', {
      cri: { '/run/containerd/containerd.sock': criAnswer('cgroupfs') },
      kubelet: aKubelet({ files: { [config]: text }, cgroupRoots: [root('cgroupfs', true)] }),
    });
    const { changes } = plan(before);
    expect(steps(changes)).not.toContain(`switch file:${config}`);
    expect(steps(changes)).toEqual(expect.arrayContaining(['switch cgroup-roots', 'resume service:kubelet.service']));
    const after = afterNodeChanges(before, changes, 'systemd');
    const cri = { '/run/containerd/containerd.sock': criAnswer('systemd') };
    expect(plan({ ...after, cri }).changes).toEqual([]);
  });

  test('killed between write and restart: what is left to do is planned, and then nothing', () => {
    const before = nodeOn('cgroupfs');
    const files = plan(before).changes.filter(({ kind }) => kind === 'file');
    const written = afterNodeChanges(before, files);
    // The files of these tests are written at `now + 10`.
    const services = { ...written.services, 'containerd.service': aService({ startedAtSeconds: now }) };
    const killed: PlanFacts = { ...written, services };
    const { changes } = plan(killed);
    expect(steps(changes)).toEqual([
      'quiesce service:kubelet.service:stop',
      'switch cgroup-roots',
      'resume service:containerd.service',
      'resume service:kubelet.service',
    ]);
    expect(plan(afterNodeChanges(killed, changes)).changes).toEqual([]);
  });
});

describe('no frame', () => {
  test('around a restart of the kubelet that moves no driver', () => {
    const before = nodeOn('systemd');
    const { changes } = plan(before, { runtime: { sandboxImage: 'registry.example/pause:3.11' } });
    expect(steps(changes)).toEqual([
      'switch file:/etc/containerd/config.toml',
      'switch file:/var/lib/kubelet/kubeadm-flags.env',
      'resume service:containerd.service',
      'resume service:kubelet.service',
    ]);
    expect(changes.at(-1)).toMatchObject({ action: 'restart', disruption: 'restart' });
  });

  test('on a host that has not joined: its kubelet is kubeadm’s to start', () => {
    const fresh = nodeOn('cgroupfs', { clusterState: { ...joined, joined: false } });
    expect(steps(plan(fresh).changes)).toEqual([
      'switch file:/etc/containerd/config.toml',
      'resume service:containerd.service',
    ]);
  });

  test.each(['not-found', 'masked'])('on a node whose kubelet is %s: emptied all the same', loadState => {
    const { services } = nodeOn('cgroupfs');
    const without = nodeOn('cgroupfs', {
      services: { ...services, 'kubelet.service': { ...kubeletService, loadState } },
      kubelet: aKubelet({ unit: { loadState, activeState: 'inactive', restarts: 0 } }),
    });
    const { changes } = plan(without);
    expect(changes.map(({ id }) => id)).toEqual(['file:/etc/containerd/config.toml', 'service:containerd.service']);
    expect(changes.every(({ needsNoSandboxes }) => needsNoSandboxes === true)).toBe(true);
  });
});

test('where a package comes first, the kubelet waits for the round of the settings, which may do what was agreed', () => {
  const node = nodeOn('cgroupfs');
  const before: PlanFacts = {
    ...bareFacts,
    clusterState: joined,
    kubelet: node.kubelet,
    services: { ...bareFacts.services, 'kubelet.service': kubeletService },
  };
  const first = plan(before);
  expect(first.refusals).toEqual([]);
  expect(first.changes.filter(({ target }) => target.includes('kubelet'))).toEqual([]);
  expect(first.later).toEqual(
    expect.arrayContaining([
      { target: config, setting: 'kubelet cgroupDriver = systemd', disruption: 'drain' },
      { target: 'kubelet.service', setting: 'kubelet stopped while the node is empty', disruption: 'drain' },
      { target: 'kubepods', setting: 'cgroups of pods made anew', disruption: 'drain' },
    ]),
  );
  const told = first.later.map(({ target, setting }) => `${target}: ${setting}`);
  expect(told).toEqual([...new Set(told)]);
  const between = afterNodeChanges(before, first.changes);
  const second = plan(between, {}, { agreed: first.later });
  expect(second.refusals).toEqual([]);
  expect(steps(second.changes)[0]).toBe('quiesce service:kubelet.service:stop');
  expect(plan(afterNodeChanges(between, second.changes)).changes).toEqual([]);
});

describe('packages that cannot be beside those that are there', () => {
  const unit = { ...kubeletService };
  const facts = (): ObservedFacts =>
    observed({ ...nodeOn('systemd'), services: { ...nodeOn('systemd').services, 'kubelet.service': unit } });
  const engine = {
    ...{ kind: 'package', id: 'package:docker-ce', target: 'docker-ce', manager: 'apt', name: 'docker-ce' },
    ...{ version: null, range: null, before: null, holds: [], removes: ['containerd'] },
    ...{ summary: 'docker-ce, in place of containerd', because: 'a test', phase: 'switch', disruption: 'drain' },
    ...{ reversible: true, needsNoSandboxes: true },
  } as const satisfies Change;
  const settings = { target: '/etc/docker/daemon.json', setting: 'cgroup driver', disruption: 'drain' } as const;
  const part = (changes: readonly Change[], later: readonly (typeof settings)[]) => [
    { installer: 'docker', plan: { changes, later, refusals: [] } },
  ];

  test('are changed under a kubelet that is stopped, and that starts in the round of the settings', () => {
    const first = aroundKubelet(part([engine], [settings]), facts());
    expect(steps(first.changes)).toEqual([
      'quiesce service:kubelet.service:stop',
      'switch cgroup-roots',
      'switch package:docker-ce',
    ]);
    expect(first.later.map(({ setting }) => setting)).toEqual([
      'cgroup driver',
      'kubelet stopped while the node is empty',
      'cgroups of pods made anew',
      expect.stringContaining('kubelet'),
    ]);
  });

  test.each([
    ['that this run has stopped', 'r-1', true],
    ['that an earlier run has left stopped', 'r-2', false],
    ['that somebody else has found stopped', undefined, false],
  ] as const)('a last round starts a kubelet %s, whatever it changes', (_, atWork, starts) => {
    const paused = [{ unit: 'kubelet.service', runId: 'r-1' }];
    const runs = { runs: [], lock: undefined, paused, ...(atWork === undefined ? {} : { atWork }) };
    const { changes } = aroundKubelet(part([], []), { ...facts(), runs: known(runs) });
    expect(changes.at(-1)).toEqual(
      starts ? expect.objectContaining({ id: 'service:kubelet.service', active: true }) : undefined,
    );
  });
});

test('without a rollout a node is refused as before, its kubelet with the rest', () => {
  const { refusals } = plan(nodeOn('cgroupfs'), {}, { rollout: false });
  expect(refusals).toMatchObject([
    { code: 'joined-node', message: expect.stringContaining('service:kubelet.service') },
  ]);
});
