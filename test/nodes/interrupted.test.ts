import { hostname, userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, requireLab } from '../lab/index.ts';
import { errorsOf, hostOf } from './support/cli.ts';
import { cutAndComeBack } from './support/come-back.ts';
import { lastRun, letGo, mustReach, pointsPassed, stopAt } from './support/host-points.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { type Interruption, interruptAt, namedBy, startApply, type Trial } from './support/interrupt-trial.ts';
import { leanPackages } from './support/lean-packages.ts';
import { createQueue, type Queue } from './support/queue.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const problem = requireLab() ?? (await baseProblem('trixie'));

/** Every step, struck in four ways, each settled by one more apply, is longer than CI has: by hand. */
const isWhole = process.env.NODEPREP_SWEEPS === 'all';

/** What CI does instead: in the midst of a step of each kind. */
const inSteps = { package: 'in 1-1', sysctl: 'in 1-3', file: 'in 2-1', service: 'in 2-2' };
/** And after a line of the journal for each, and while the host program waits for the control side. */
const afterLines = {
  package: 'after begin 1-1',
  file: 'after done 2-1',
  service: 'after begin 2-2',
  hold: 'after hold verify',
};

/** Most of a trial is waiting, so groups take turns with the processors. */
const groups = 2;
const perGroup = 4;

const lock = '/var/lib/nodeprep/lock';

/** What is interrupted, at which of the points. */
const sweeps: readonly (Interruption & {
  readonly name: string;
  readonly at: (names: readonly string[]) => readonly number[];
  /** Names of some of them. */
  readonly some: Readonly<Record<string, string>>;
  /** What the interrupted `apply` says where the run was not settled. */
  readonly told: string | undefined;
})[] = [
  {
    name: 'the host program killed with SIGKILL',
    at: everyState,
    some: inSteps,
    action: 'kill',
    interrupt: async ({ ended }) => void (await ended),
    told: 'unfinished-run',
  },
  {
    name: 'the node stopped hard',
    at: everyState,
    some: inSteps,
    action: 'wait',
    interrupt: async ({ nodes, ended }) => {
      await Promise.all(nodes.map(async node => [await node.kill(), await node.start()]));
      await ended;
    },
    told: 'unfinished-run',
  },
  {
    name: 'the control process killed with SIGKILL',
    at: everyEvent,
    some: afterLines,
    action: 'wait',
    interrupt: async ({ kill, ended }) => {
      kill();
      await ended;
    },
    told: undefined,
  },
  {
    // It tries to come back for a minute; meanwhile somebody else gets through.
    name: 'the connection cut for good',
    at: everyEvent,
    some: afterLines,
    action: 'wait',
    interrupt: async ({ ways }) => void (await Promise.all(ways.map(way => way.sever()))),
    told: 'connect-failed',
  },
];

/** Every point but one of two between which the host program does nothing: a line of the journal ends, the next begins. */
function everyState(names: readonly string[]): readonly number[] {
  return numbered(names).filter(
    index => !(names[index - 1]?.startsWith('after ') && names[index]?.startsWith('before ')),
  );
}

/** The host program goes on without its control side, so what counts is what that had read: every line of the journal. */
function everyEvent(names: readonly string[]): readonly number[] {
  return numbered(names).filter(index => index === 1 || names[index - 1]?.startsWith('after '));
}

const numbered = (names: readonly string[]): readonly number[] => names.map((_, index) => index + 1);

describe.skipIf(problem)(`apply of a bare trixie node, interrupted${problem ? ` (${problem})` : ''}`, () => {
  const nodes: LabNode[] = [];
  const bare = new Map<string, HostState>();
  let free: Queue<readonly LabNode[]>;
  let place: Workplace;
  let names: readonly string[];

  beforeAll(async () => {
    place = await openWorkplace();
    const boot = async () => {
      const node = await bootNode({ suite: 'trixie' });
      nodes.push(node);
      // The first boot leaves units active that no later one starts.
      await node.kill();
      await node.start();
    };
    await Promise.all(Array.from({ length: groups * perGroup }, boot));
    await leanPackages(nodes);
    await Promise.all(nodes.map(async node => bare.set(node.name, await hostState(node))));
    free = createQueue(Array.from({ length: groups }, (_, group) => nodes.filter((__, i) => i % groups === group)));
    names = await namePoints(nodes[0]);
  });
  afterAll(async () => {
    await Promise.all(nodes.map(node => node.remove()));
    place?.remove();
  });

  /** A whole run tells which points it passes. */
  const namePoints = async (node: LabNode | undefined): Promise<readonly string[]> => {
    if (node === undefined) throw new Error('no node');
    const inventory = place.inventory('whole', { host: at(node) });
    await stopAt(node, 1_000_000, 'kill');
    expect(hostOf(await place.json(['apply', inventory, '--yes']), 'host')).toMatchObject({ outcome: 'changed' });
    const passed = await pointsPassed(node);
    await letGo(node);
    expect((await place.json(['rollback', inventory, '--yes'])).code).toBe(0);
    return passed;
  };
  const pointOf = (name: string): number => {
    const index = names.lastIndexOf(name);
    if (index < 0) throw new Error(`no point ${name} among ${names.join(', ')}`);
    return index + 1;
  };
  const changesOf = (node: string, state: HostState): readonly string[] => {
    const before = bare.get(node);
    return before === undefined ? [`${node} was never seen bare`] : stateChanges(before, state);
  };
  /** Whatever went wrong with one, the next finds nodes whose host programs go on. */
  const onGroup = <T>(work: (group: readonly LabNode[]) => Promise<T>): Promise<T> =>
    free.use(group => work(group).finally(() => Promise.all(group.map(letGo))));
  /** One node alone, bare again afterwards. */
  const onOneNode = (work: (node: LabNode, inventory: string) => Promise<void>): Promise<void> =>
    onGroup(async ([node]) => {
      if (node === undefined) throw new Error('no node');
      const inventory = place.inventory(`alone-${node.name}`, { [node.name]: at(node) });
      await work(node, inventory);
      expect((await place.json(['rollback', inventory, '--yes'])).code).toBe(0);
      expect(changesOf(node.name, await hostState(node))).toEqual([]);
    });

  describe.concurrent(isWhole ? 'at every step of the host program' : 'at steps of the host program', {
    timeout: 2_400_000,
  }, () => {
    it.each(sweeps)('$name: check names what is left, and one more apply converges', async sweep => {
      const every = sweep.at(names);
      expect(every.length).toBeGreaterThan(20);
      const points = isWhole ? every : Object.values(sweep.some).map(pointOf);
      expect(every).toEqual(expect.arrayContaining([...points]));
      const batches = Array.from({ length: Math.ceil(points.length / perGroup) }, (_, batch) =>
        points.slice(batch * perGroup, (batch + 1) * perGroup),
      );
      const wrong = await Promise.all(
        batches.map(async (batch, index) => {
          const name = `${sweep.name.replaceAll(' ', '-')}-${index}`;
          const trials = await onGroup(group => interruptAt({ points: batch, nodes: group, name }, place, sweep));
          return Promise.all(trials.map(trial => problemOf(trial, sweep.told)));
        }),
      );
      expect(wrong.flat().filter(found => found !== undefined)).toEqual([]);
    });

    it.runIf(isWhole)('the connection cut for a moment: the same apply comes back and goes on', async () => {
      await onGroup(async group => {
        await Promise.all(group.map((node, index) => stopAt(node, index + 1, 'wait')));
        const apply = await startApply(place, 'moment', group);
        await cutAndComeBack(apply, names.length);
        const { code, run } = await apply.ended;
        expect(run?.hosts.map(({ outcome, error }) => outcome ?? error)).toEqual(group.map(() => 'changed'));
        expect(code).toBe(0);
        for (const node of group) {
          const { events } = await lastRun(node);
          expect(events).toEqual([...new Set(events)]);
        }
        const inventory = place.inventory('moment', Object.fromEntries(group.map(node => [node.name, at(node)])));
        expect((await place.json(['rollback', inventory, '--yes'])).code).toBe(0);
      });
    });

    it.runIf(isWhole).each([
      ['the host program killed with SIGKILL', (node: LabNode) => node.sh(`kill -9 $(sed -n s/^pid=//p ${lock})`)],
      ['the node stopped hard', async (node: LabNode) => [await node.kill(), await node.start()]],
    ])('%s while dpkg is at work', (_, interrupt) =>
      onOneNode(async (node, inventory) => {
        const first = place.json(['apply', inventory, '--yes']);
        await node.sh(`until pgrep -f 'dpk[g] .*--unpack' >/dev/null; do sleep 0.01; done`);
        await interrupt(node);
        expect(hostOf(await first, node.name).error?.code).toBe('unfinished-run');
        const { runId } = await lastRun(node);
        expect(namedBy(hostOf(await place.json(['check', inventory]), node.name))).toContain(runId);
        expect((await place.json(['apply', inventory, '--yes'])).code).toBe(0);
      }),
    );

    it('killed between file write and restart: the next plan holds exactly the restart', () =>
      onOneNode(async (node, inventory) => {
        await stopAt(node, pointOf('before phase -'), 'kill');
        expect((await place.json(['apply', inventory, '--yes'])).code).toBe(3);
        expect((await lastRun(node)).events.at(-1)).toBe('done 2-1');
        await letGo(node);
        const { changes } = hostOf(await place.json(['plan', inventory]), node.name);
        expect(changes).toMatchObject([{ kind: 'service', target: 'containerd.service', disruption: 'restart' }]);
        expect((await place.json(['apply', inventory, '--yes'])).code).toBe(0);
      }));

    it('two at once: the second is refused and names the holder, the first goes on', () =>
      onOneNode(async (node, inventory) => {
        const point = pointOf('after begin 2-2');
        await stopAt(node, point, 'wait');
        const first = place.json(['apply', inventory, '--yes']);
        await mustReach(node, point);
        const second = await place.json(['apply', inventory, '--yes']);
        const { error } = hostOf(second, node.name);
        expect(error?.code).toBe('lock-held');
        expect(error?.message).toContain(`${userInfo().username}@${hostname()}`);
        expect(error?.message).toContain((await lastRun(node)).runId);
        expect(second.code).toBe(5);
        await letGo(node);
        expect(hostOf(await first, node.name)).toMatchObject({ state: 'ok', outcome: 'changed' });
      }));
  });

  /** All points are tried, whatever comes of one. */
  const problemOf = async (trial: Trial, told: string | undefined): Promise<string | undefined> => {
    try {
      await judge(trial, told);
      return undefined;
    } catch (error) {
      return `${error}\n${trial.left.events.join('\n')}`;
    }
  };

  const judge = async (trial: Trial, told: string | undefined): Promise<void> => {
    const { point, left, named, again, rollback, restored } = trial;
    const where = `at point ${point}, ${names[point - 1]}`;
    const isSettled = left.events.some(event => event.startsWith('settle'));
    if (isSettled) expect(named, where).toBeUndefined();
    else expect(named, where).toContain(left.runId);
    const first = await trial.first;
    if (!isSettled && told !== undefined) expect(first?.error?.code, where).toBe(told);
    expect(again, where).toMatchObject({ state: 'ok' });
    expect(errorsOf(again), where).toEqual([]);
    expect(rollback, where).toMatchObject({ state: 'ok', outcome: 'changed' });
    expect(changesOf(trial.node, restored), where).toEqual([]);
  };
});
