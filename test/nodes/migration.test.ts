import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, requireLab } from '../lab/index.ts';
import { politeArchive } from '../lab/pause.ts';
import { crioProblem } from '../lab/upstream/index.ts';
import { hostOf } from './support/cli.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { labels, type Migrated, migrated } from './support/migrated.ts';
import {
  answering,
  isLost,
  type Moving,
  type Name,
  openMoving,
  openMovingOn,
  pause,
  runtimes,
} from './support/moving.ts';
import type { MovingFamily } from './support/moving-families.ts';

const reason = requireLab() ?? (await baseProblem('trixie')) ?? (await crioProblem());
const isMatrix = process.env.NODEPREP_MATRIX === '1';
const names = Object.keys(runtimes) as Name[];
const pairs = names.flatMap(from => names.filter(to => to !== from).map(to => [from, to] as const));

const nameOf = (from: Name, to: Name, family: MovingFamily): Migrated => ({
  from: labels[from],
  to: labels[to],
  host: family === 'apt' ? 'alone' : `alone, by ${family}`,
});

/** apply, proved by a sandbox; nothing left to do; back, exactly. */
const move = async (
  { node, inventory, run }: Moving,
  from: Name,
  to: Name,
  family: MovingFamily = 'apt',
): Promise<Migrated> => {
  const wanted = inventory(to);
  const before: HostState = await hostState(node);
  expect(await answering(node)).toEqual([runtimes[from].socket]);

  const { criName } = runtimes[to];
  const first = await run('apply', wanted, '--allow-migration');
  expect(hostOf(first, 'host').error).toBeUndefined();
  expect(hostOf(first, 'host')).toMatchObject({
    outcome: 'changed',
    runtime: { name: criName, cgroupDriver: 'cgroupfs' },
  });
  expect(first.code).toBe(0);
  expect(await answering(node)).toEqual([runtimes[to].socket]);
  const second = await run('plan', wanted);
  expect(hostOf(second, 'host').changes).toEqual([]);
  expect(second.code).toBe(0);
  await runtimes[to].load?.(node);
  const proved = await run('apply', inventory(to, { sandboxImage: pause }, 'required'));
  expect(hostOf(proved, 'host').error).toBeUndefined();
  const { runtime } = hostOf(proved, 'host');
  expect(runtime).toMatchObject({ name: criName, sandbox: 'ran' });

  for (const which of ['the image', 'the migration']) {
    const back = await run('rollback', wanted);
    expect(`${which}: ${hostOf(back, 'host').error?.message ?? 'fine'}`).toBe(`${which}: fine`);
  }
  await node.sh("systemctl stop 'crio-conmon-*.scope'");
  expect(await answering(node)).toEqual([runtimes[from].socket]);
  expect(stateChanges(before, await hostState(node)).filter(isLost)).toEqual([]);
  const again = await run('plan', inventory(from));
  expect(hostOf(again, 'host').changes).toEqual([]);
  const name = nameOf(from, to, family);
  return runtime === undefined ? name : migrated(name, runtime);
};

describe.skipIf(reason)(`a migration${reason ? ` (${reason})` : ''}`, () => {
  let moving: Moving;
  const refused = async (file: string, ...flags: readonly string[]) => {
    const before = await hostState(moving.node);
    const answer = await moving.run('apply', file, ...flags);
    expect(answer.code).toBe(5);
    expect(stateChanges(before, await hostState(moving.node))).toEqual([]);
    return hostOf(answer, 'host');
  };

  beforeAll(async () => {
    moving = await openMoving('containerd', 'cri-o');
    const prepared = await moving.run('apply', moving.inventory('containerd'));
    expect(hostOf(prepared, 'host').error).toBeUndefined();
    await runtimes.containerd.load?.(moving.node);
  });
  afterAll(() => moving?.close());

  it('takes a flag, and is told before', async () => {
    const host = await refused(moving.inventory('cri-o'));
    expect(host.error).toMatchObject({
      code: 'migration',
      message: expect.stringMatching(/^containerd \S+ at \/run\/containerd\/containerd\.sock serves .* CRI-O/),
      hint: expect.stringContaining('--allow-migration'),
    });
    expect(host.changes.map(({ id }) => id)).toContain('later:containerd.service:stopped and disabled');
  });

  it('stops at what Kubernetes does not own, by name', async () => {
    await moving.node.sh(`ctr image import --all-platforms - && ctr run -d --cgroup '' ${pause} site-db`, {
      input: politeArchive([pause]),
    });
    const host = await refused(moving.inventory('cri-o'), '--allow-migration');
    expect(host.error?.message).toContain('default/site-db');
    await moving.node.sh(
      'ctr task kill -s KILL site-db; sleep 1; ctr task rm -f site-db; ctr container rm site-db; true',
    );
  });

  it('from containerd to CRI-O, and back', async () => {
    await move(moving, 'containerd', 'cri-o');
  });

  it.runIf(isMatrix)('for good: what containerd has kept goes, now or later, and a rollback says so', async () => {
    const { node, run, inventory } = moving;
    const wanted = inventory('cri-o');
    const purge = { id: 'purge:/var/lib/containerd', status: 'done' };
    const moved = await run('apply', wanted, '--allow-migration', '--purge-old-runtime');
    expect(hostOf(moved, 'host').error).toBeUndefined();
    expect(hostOf(moved, 'host').changes.filter(({ kind }) => kind === 'purge')).toMatchObject([purge]);
    expect(moved.code).toBe(0);
    // A mount point in the lab: it is emptied.
    expect(await node.sh('ls -A /var/lib/containerd')).toBe('');
    expect(await answering(node)).toEqual([runtimes['cri-o'].socket]);

    await node.sh('mkdir -p /var/lib/containerd/io.containerd.content.v1.content');
    expect(hostOf(await run('plan', wanted), 'host').changes).toEqual([]);
    const later = await run('apply', wanted, '--purge-old-runtime');
    expect(hostOf(later, 'host')).toMatchObject({ outcome: 'changed', changes: [purge] });
    expect(await node.sh('ls -A /var/lib/containerd')).toBe('');

    const back = await run('rollback', wanted);
    expect(hostOf(back, 'host').error).toBeUndefined();
    expect(hostOf(back, 'host').notReverted?.join()).toMatch(/^\/var\/lib\/containerd is empty: run /);
    expect(await answering(node)).toEqual([runtimes.containerd.socket]);
  });
});

/** Round all three kinds of packages where rpm is, and by another vendor's. */
const rounds = [
  ['containerd', 'docker'],
  ['docker', 'cri-o'],
  ['cri-o', 'containerd'],
  ['containerd', 'mirantis'],
] as const satisfies typeof pairs;
const moves = [
  ...pairs.map(([from, to]) => [from, to, 'apt'] as const),
  ...(['dnf', 'zypper'] as const).flatMap(family => rounds.map(([from, to]) => [from, to, family] as const)),
];

describe.runIf(isMatrix && !reason).each(moves)('from %s to %s by %s', (from, to, family) => {
  it('moves, and goes back exactly', async ({ task }) => {
    task.meta.migrated = nameOf(from, to, family);
    const moving = await openMovingOn(family, from, to);
    try {
      const prepared = await moving.run('apply', moving.inventory(from));
      expect(hostOf(prepared, 'host').error).toBeUndefined();
      await runtimes[from].load?.(moving.node);
      task.meta.migrated = await move(moving, from, to, family);
    } finally {
      await moving.close();
    }
  });
});
