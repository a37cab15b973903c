import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../src/core/observed.ts';
import type { PlannedChange } from '../../src/core/result.ts';
import type { ObservedFacts } from '../../src/facts/index.ts';
import { foldReset, resetRefusals, type StandingStep } from '../../src/plan/reset.ts';
import { desiredNode } from '../desired.ts';
import { recordedDocker } from '../docker-host.ts';
import { bareFacts, observed } from './facts.ts';

const changeOf = (kind: string, target: string, disruption: PlannedChange['disruption'] = 'none'): PlannedChange => ({
  ...{ id: `${kind}:${target}`, kind, target, summary: 'as planned', because: 'a rule', disruption },
  ...{ phase: 'switch', reversible: true, diff: '+ a' },
});
/** Newest first, as the host tells them. */
const steps = (
  ...told: readonly (readonly [change: PlannedChange, was: string, keep?: string])[]
): readonly StandingStep[] =>
  told.map(([change, was, keep], index) => ({
    ...{ step: `${told.length - index}-1`, runId: `run-${told.length - index}`, change, was, keep },
  }));
const summaries = (found: readonly StandingStep[]) =>
  foldReset(found).items.map(({ change }) => `${change.id}: ${change.summary}`);

describe('what a reset does', () => {
  test.each([
    ['file', 'state absent', 'removed'],
    ['file', 'state file:aa:644:0:0', 'put back as it was before nodeprep'],
    ['file', 'state symlink:/etc/other', 'put back as it was before nodeprep'],
    ['repository-key', 'state absent', 'removed'],
    ['directory', 'state absent', 'removed, if nothing of others is in it'],
    ['directory', 'state directory:755:0:0', 'mode as before nodeprep'],
    ['hold', 'state no', 'not held, as before nodeprep'],
    ['sysctl', 'value 0', 'back to 0'],
    ['archive', 'files 3', 'removed: its files, where they are as nodeprep installed them'],
    ['service', 'unit disabled inactive', 'as before nodeprep: disabled, inactive'],
    ['service', 'unit  inactive', 'goes with what brought it'],
    ['swap', '', 'on again'],
    ['package-lists', '', 'removed'],
    ['package', 'packages runc||1.1 containerd||1.7 ', 'removed: runc, containerd'],
    ['package', 'packages runc|1.0|1.1 containerd||1.7 ', 'removed: containerd; put back: runc 1.0'],
  ])('%s that was `%s`: %s', (kind, was, expected) => {
    expect(summaries(steps([changeOf(kind, 'x'), was]))).toEqual([`${kind}:x: ${expected}`]);
  });

  test.each([
    ['module', 'state absent'],
    ['cgroup-roots', ''],
    ['sysctl', 'value '],
  ])('%s that was `%s` is left alone', (kind, was) => {
    expect(summaries(steps([changeOf(kind, 'x'), was]))).toEqual([]);
  });

  test('to an object that several runs have changed is told once: how it was before the first, and the worst of all', () => {
    const found = steps(
      [changeOf('file', '/etc/x', 'restart'), 'state file:bb:644:0:0'],
      [changeOf('file', '/etc/y'), 'state absent'],
      [changeOf('file', '/etc/x', 'reload'), 'state absent'],
    );
    const [x] = foldReset(found).items.filter(({ change }) => change.target === '/etc/x');
    expect(x).toEqual({
      steps: ['1-1', '3-1'],
      change: {
        ...{ id: 'file:/etc/x', kind: 'file', target: '/etc/x', summary: 'removed', phase: 'switch' },
        ...{ because: 'changed by nodeprep in runs run-1, run-3', disruption: 'restart', reversible: false },
      },
    });
  });

  test('with a package is what the first run that names it has found', () => {
    const found = steps(
      // Back in place of what the second had put in its place, with one that was never there.
      [changeOf('package', 'containerd'), 'packages containerd||1.7 other||1 '],
      [changeOf('package', 'docker-ce'), 'packages docker-ce||28 containerd|1.7| '],
      [changeOf('package', 'runc'), 'packages runc||1.1 containerd|1.6|1.7 '],
    );
    expect(summaries(found)).toEqual([
      'package:containerd: removed: other',
      'package:docker-ce: removed: docker-ce',
      'package:runc: removed: runc; put back: containerd 1.6',
    ]);
  });

  test('leaves what the host says would stay, each said once', () => {
    const found = steps(
      [changeOf('file', '/etc/x'), 'state file:bb:644:0:0', '/etc/x was changed'],
      [changeOf('file', '/etc/x'), 'state absent', '/etc/x was changed'],
    );
    expect(foldReset(found).kept).toEqual(['/etc/x was changed']);
  });
});

describe('a reset is refused', () => {
  const runtime = desiredNode({}).runtime;
  const facts = (extra: Partial<ObservedFacts> = {}): ObservedFacts => ({
    ...observed(bareFacts),
    runtimeContents: known({ tasks: [], data: [] }),
    docker: known({ ...recordedDocker, containers: [] }),
    ...extra,
  });
  const codes = (changes: readonly PlannedChange[], found: ObservedFacts, wanted = runtime) =>
    resetRefusals(changes, found, wanted).map(({ code, message }) => `${code}: ${message}`);
  const packages = [changeOf('package', 'containerd')];
  const cluster = (joined: boolean) =>
    known({ joined, evidence: '/etc/kubernetes/kubelet.conf', foreign: undefined, kubeletVersion: undefined });

  test('on a node of a cluster, whatever it would take back', () => {
    const refusals = resetRefusals([changeOf('sysctl', 'x')], facts({ clusterState: cluster(true) }), runtime);
    expect(refusals).toMatchObject([
      {
        code: 'joined-node',
        message: expect.stringContaining('/etc/kubernetes/kubelet.conf'),
        hint: expect.stringContaining('kubeadm reset'),
      },
    ]);
  });

  test('where that is not known', () => {
    expect(codes(packages, facts({ clusterState: unknown('no root') }))).toEqual([
      'joined-node: whether this host is a node of a cluster is unknown: no root',
    ]);
  });

  const tasks = known({ tasks: [{ namespace: 'default', id: 'web' }], data: [] });

  test.each([
    ['package containerd', 'package', 'containerd', 1],
    ['archive of containerd', 'archive', 'containerd', 1],
    ['service docker', 'service', 'docker.service', 1],
    ['package of cri-dockerd', 'package', 'cri-dockerd', 1],
    ['a sysctl', 'sysctl', 'net.ipv4.ip_forward', 0],
    ['a file of containerd', 'file', '/etc/containerd/config.toml', 0],
    ['package conntrack', 'package', 'conntrack', 0],
  ])('under containers of others with %s: %s %s', (_, kind, target, count) => {
    expect(codes([changeOf(kind, target)], facts({ runtimeContents: tasks }))).toHaveLength(count);
  });

  test('not where the inventory names them, nor with nothing to do', () => {
    const found = facts({ runtimeContents: tasks });
    expect(codes(packages, found, { ...runtime, foreignContainers: ['default/web'] })).toEqual([]);
    expect(codes([], facts({ clusterState: cluster(true) }))).toEqual([]);
  });

  test('where it is not known what runs', () => {
    expect(codes(packages, facts({ runtimeContents: unknown('no root') }))).toEqual([
      'plan-refused: which containers containerd runs beside Kubernetes is unknown: no root',
    ]);
  });
});
