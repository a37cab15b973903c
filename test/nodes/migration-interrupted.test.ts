import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { baseProblem, requireLab } from '../lab/index.ts';
import { crioProblem } from '../lab/upstream/index.ts';
import { hostOf } from './support/cli.ts';
import { lastRun, letGo, mustReach, stopAt } from './support/host-points.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { namedBy } from './support/interrupt-trial.ts';
import { runSandbox } from './support/matrix/start-container.ts';
import { labels, type Migrated, migrated } from './support/migrated.ts';
import { type Moment, moments, momentsOf, type PointAt } from './support/moments.ts';
import { answering, isLost, type Moving, openMoving, pause, runtimes } from './support/moving.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const reason = isMatrix
  ? (requireLab() ?? (await baseProblem('trixie')) ?? (await crioProblem()))
  : 'part of npm run test:matrix';

/** Every moment in every way, for every runtime: by hand. */
const isWhole = process.env.NODEPREP_SWEEPS === 'all';

interface Cut {
  readonly moving: Moving;
  readonly point: number;
  readonly file: string;
}

/** What ends the run; the code of the error that `apply` tells, if it lives to tell one. */
const cuts = {
  'host program killed': async ({ moving, point, file }: Cut) => {
    await stopAt(moving.node, point, 'kill');
    return (await moving.start('apply', file, '--allow-migration').ended).run?.hosts[0]?.error?.code;
  },
  'power lost': async ({ moving, point, file }: Cut) => {
    await stopAt(moving.node, point, 'wait');
    const { ended } = moving.start('apply', file, '--allow-migration');
    await mustReach(moving.node, point);
    await moving.powerCycle();
    return (await ended).run?.hosts[0]?.error?.code;
  },
  'nodeprep killed': async ({ moving, point, file }: Cut) => {
    await stopAt(moving.node, point, 'wait');
    const { kill, ended } = moving.start('apply', file, '--allow-migration');
    await mustReach(moving.node, point);
    kill();
    return (await ended).run?.hosts[0]?.error?.code;
  },
} as const;
type Way = keyof typeof cuts;
const ways = Object.keys(cuts) as Way[];
const told: Readonly<Record<Way, string | undefined>> = {
  'host program killed': 'unfinished-run',
  'power lost': 'unfinished-run',
  'nodeprep killed': undefined,
};

type Next = 'recover' | 'apply';
type Trial = readonly [Way, Moment, Next];

/** One way for each moment, another one for each runtime; `recover` and `apply` take turns. */
const trialsOf = (shift: number): readonly Trial[] =>
  moments.flatMap((moment, at) =>
    ways.flatMap((way, of): readonly Trial[] =>
      isWhole || of === (at + shift) % ways.length ? [[way, moment, (at + shift) % 2 === 0 ? 'recover' : 'apply']] : [],
    ),
  );

const targets = (['cri-o', 'docker', 'mirantis'] as const).map((to, index) => [to, trialsOf(index)] as const);

describe.skipIf(reason).each(targets)(
  `from containerd to %s, cut in the middle${reason ? ` (${reason})` : ''}`,
  (to, trials) => {
    let moving: Moving;
    let before: HostState;
    let points: PointAt;
    const old = (): string => moving.inventory('containerd', { sandboxImage: pause });
    const wanted = (): string => moving.inventory(to, { sandboxImage: pause });
    const fine = async (command: string, file: string, ...flags: readonly string[]) => {
      const answer = await moving.run(command, file, ...flags);
      expect([command, answer.code, hostOf(answer, 'host').error]).toEqual([command, 0, undefined]);
      return hostOf(answer, 'host');
    };
    /** One runtime alone, and it runs sandboxes. */
    const serves = async (socket: string): Promise<void> => {
      expect(await answering(moving.node)).toEqual([socket]);
      const crictl = `crictl -r unix://${socket} -i unix://${socket}`;
      await runSandbox(moving.node, { crictl, driver: 'cgroupfs' });
      expect(await moving.node.sh(`${crictl} pods -q`)).toBe('');
    };
    const isAsBefore = async (): Promise<void> => {
      const { node } = moving;
      await node.sh("systemctl stop 'crio-conmon-*.scope'");
      expect(stateChanges(before, await hostState(node)).filter(isLost)).toEqual([]);
      expect(await node.sh('dpkg --audit; ls /var/lib/nodeprep/lock 2>/dev/null || true')).toBe('');
      await serves(runtimes.containerd.socket);
      expect((await fine('plan', old())).changes).toEqual([]);
    };

    beforeAll(async () => {
      moving = await openMoving('containerd', to);
      const { node } = moving;
      await fine('apply', old());
      await runtimes.containerd.load?.(node);
      // The first boot leaves units active that no later one starts.
      await moving.powerCycle();
      await node.sh('systemctl is-system-running --wait || true');
      before = await hostState(node);
      await stopAt(node, 1_000_000, 'kill');
      await fine('apply', wanted(), '--allow-migration');
      points = await momentsOf(node, to);
      await letGo(node);
      await fine('rollback', wanted());
      await isAsBefore();
    });
    // What a trial that failed has left is not the next one's.
    beforeEach(async () => {
      await letGo(moving.node);
      await moving.run('recover', wanted());
    });
    afterAll(() => moving?.close());

    it.for(trials)('%s %s, then %s', async ([way, moment, next], { task }) => {
      const { node } = moving;
      const point = points[moment];
      const named: Migrated = {
        from: labels.containerd,
        to: labels[to],
        host: 'alone',
        interrupted: `${way} ${moment}; ${next}`,
      };
      task.meta.migrated = named;
      expect(await cuts[way]({ moving, point, file: wanted() })).toBe(told[way]);
      const { runId } = await lastRun(node);
      if (way !== 'nodeprep killed') {
        const checked = await moving.run('check', wanted());
        expect(namedBy(hostOf(checked, 'host'))).toContain(runId);
      }
      await letGo(node);
      if (next === 'recover') {
        await fine('recover', wanted());
        expect(await lastRun(node)).toMatchObject({ runId, events: expect.arrayContaining(['settle - reverted']) });
      } else {
        const { runtime } = await fine('apply', wanted(), '--allow-migration');
        await runtimes[to].load?.(node);
        await serves(runtimes[to].socket);
        if (runtime !== undefined) task.meta.migrated = { ...migrated(named, runtime), sandbox: 'ran' };
        expect((await fine('plan', wanted())).changes).toEqual([]);
        await fine('rollback', wanted());
      }
      await isAsBefore();
    });
  },
);
