import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { requireClusterLab } from '../lab/cluster/index.ts';
import { baseProblem } from '../lab/index.ts';
import { goProblem } from '../lab/tools.ts';
import { crioProblem } from '../lab/upstream/index.ts';
import { findingOf, hostOf } from '../nodes/support/cli.ts';
import { labels, type Migrated, migrated } from '../nodes/support/migrated.ts';
import {
  type MigrationPlace,
  openMigrationPlace,
  type RuntimeName,
  servingOn,
  socketAnnotation,
  sockets,
} from './support/migration-place.ts';
import { endsOf, nodesNotInService } from './support/rollout-place.ts';

const reason = requireClusterLab() ?? (await baseProblem('trixie')) ?? (await crioProblem()) ?? (await goProblem());
const timeout = 600_000;
const isMatrix = process.env.NODEPREP_MATRIX === '1';

describe.skipIf(reason)(`a node of a cluster moves to another runtime${reason ? ` (${reason})` : ''}`, () => {
  let place: MigrationPlace;
  let serving: RuntimeName = 'containerd';

  /** Everything that has to follow, seen from outside nodeprep. */
  const serves = async (runtime: RuntimeName, before: readonly string[]): Promise<void> => {
    serving = runtime;
    await Promise.all([place.cluster.waitPods('agent', 2), place.cluster.waitPods('fixed', 1)]);
    const now = await servingOn(place);
    expect(now).toMatchObject({
      kubelet: sockets[runtime],
      node: expect.stringMatching(new RegExp(`^${runtime === 'mirantis' ? 'docker' : runtime}://`)),
      annotation: sockets[runtime],
      answering: [sockets[runtime]],
    });
    expect(now.kept.length).toBeGreaterThanOrEqual(2);
    expect(now.kept.filter(id => before.includes(id))).toEqual([]);
    expect(await nodesNotInService(place.cluster)).toEqual([]);
  };
  const move = async (runtime: RuntimeName, { meta }: TestContext['task']): Promise<void> => {
    const pair: Migrated = { from: labels[serving], to: labels[runtime], host: 'node of a cluster' };
    meta.migrated = pair;
    const before = (await servingOn(place)).kept;
    const applied = await place.json(['apply', place.inventory(runtime), '--yes', '--allow-migration']);
    expect(endsOf(applied)).toEqual(['w1 ok changed']);
    expect(applied.code).toBe(0);
    expect(hostOf(applied, 'w1')).toMatchObject({
      runtime: { cgroupDriver: 'systemd' },
      node: { name: 'w1', ready: true, cordonedBy: null },
    });
    for (const check of ['kubelet-runtime-endpoint', 'kubelet-cgroup-driver', 'single-cri-endpoint']) {
      expect(findingOf(hostOf(applied, 'w1'), check)).toMatchObject({ check, status: 'pass' });
    }
    await serves(runtime, before);
    const again = await place.json(['plan', place.inventory(runtime), '--detailed-exitcode']);
    expect(hostOf(again, 'w1').changes).toEqual([]);
    expect(again.run.cluster?.changes).toEqual([]);
    expect(again.code).toBe(0);
    const answer = hostOf(applied, 'w1').runtime;
    if (answer !== undefined) meta.migrated = migrated(pair, answer);
  };
  const takeBack = async (from: RuntimeName, to: RuntimeName): Promise<void> => {
    const before = (await servingOn(place)).kept;
    const back = await place.json(['rollback', place.inventory(from), '--yes']);
    expect(endsOf(back)).toEqual(['w1 ok changed']);
    expect(back.code).toBe(0);
    await serves(to, before);
  };

  beforeAll(async () => {
    place = await openMigrationPlace();
  }, timeout);
  afterAll(() => place?.remove());

  it('is not moved without consent, and says so before it is touched', async () => {
    const before = await servingOn(place);
    const refused = await place.json(['apply', place.inventory('cri-o'), '--yes']);
    expect(refused.code).toBe(5);
    expect(hostOf(refused, 'w1').error).toMatchObject({
      code: 'migration',
      hint: expect.stringContaining('--allow-migration'),
    });
    expect(await servingOn(place)).toEqual(before);
  });

  it(
    'to CRI-O, drained, with kubelet and kubeadm’s records; and back by a rollback',
    async ({ task }) => {
      const annotations = await place.cluster.kubectl('get', 'node', 'w1', '-o', `jsonpath=${socketAnnotation}`);
      await move('cri-o', task);
      await takeBack('cri-o', 'containerd');
      expect(await place.cluster.kubectl('get', 'node', 'w1', '-o', `jsonpath=${socketAnnotation}`)).toBe(annotations);
    },
    timeout,
  );

  it.runIf(isMatrix)(
    'and back by itself, where the new runtime cannot run a sandbox',
    async () => {
      const before = (await servingOn(place)).kept;
      const failed = await place.json(['apply', place.inventory('cri-o', 'unproven'), '--yes', '--allow-migration']);
      expect(failed.code).toBe(3);
      expect(hostOf(failed, 'w1')).toMatchObject({
        outcome: 'reverted',
        error: { code: 'verify-failed', message: expect.stringContaining('pause:absent') },
        node: { ready: true, cordonedBy: null },
      });
      await serves('containerd', before);
    },
    timeout,
  );

  describe.runIf(isMatrix)('the whole round', () => {
    it.for(['docker', 'cri-o', 'containerd'] as const)('to %s', { timeout }, (runtime, { task }) =>
      move(runtime, task),
    );

    it(
      'and all of it back, run by run',
      async () => {
        await takeBack('containerd', 'cri-o');
        await takeBack('cri-o', 'docker');
        await takeBack('docker', 'containerd');
      },
      timeout,
    );
  });

  describe.runIf(isMatrix)('Mirantis, whose packages go for Debian’s containerd and runc', () => {
    it.for(['mirantis', 'cri-o'] as const)('to %s', { timeout }, (runtime, { task }) => move(runtime, task));

    it(
      'and both back, run by run',
      async () => {
        await takeBack('cri-o', 'mirantis');
        await takeBack('mirantis', 'containerd');
      },
      timeout,
    );
  });
});
