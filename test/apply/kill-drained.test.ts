import { describe, expect, test } from 'vitest';
import { lastEntry } from './engine-alone.ts';
import { pointsPassed, stopAt } from './host-root.ts';
import { makeSimulatedNode, placeDriverRun, RUN, type SimulatedNode } from './simulated-node.ts';

const revert = { verify: 'revert' };
const cgroupfs = {
  kubelet: true,
  containerd: true,
  runtimeDriver: 'cgroupfs',
  podDriver: 'cgroupfs',
  paused: false,
  trees: ['kubepods', 'kubepods'],
};
const systemd = {
  ...cgroupfs,
  runtimeDriver: 'systemd',
  podDriver: 'systemd',
  trees: ['kubepods.slice', 'kubepods.slice'],
};

const killedAt = async (node: SimulatedNode, mode: 'run' | 'recover' | 'rollback', point: number, answers = {}) => {
  stopAt(node, point);
  await node.engine(mode, answers);
  stopAt(node, undefined);
};

const reboot = (node: SimulatedNode) => {
  node.systemctl('pull-the-plug');
  node.systemctl('boot');
};

/**
 * NODEPREP_SWEEPS=all: at every point, some ten minutes on two busy processors. Else at every seventh, which keeps `npm test` short and
 * still takes turns between the end of the program alone and a power loss.
 */
const stride = process.env.NODEPREP_SWEEPS === 'all' ? 1 : 7;

/** Several at a time: most of a trial is waiting. */
const eachPoint = async (first: number, last: number, trial: (point: number) => Promise<void>): Promise<void> => {
  let next = first;
  const worker = async () => {
    while (next <= last) {
      const point = next;
      next += stride;
      await trial(point);
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
};

/** A node with a run at hand, and whatever went before. */
const withNode = async <T>(use: (node: SimulatedNode, before: string) => Promise<T>): Promise<T> => {
  const node = makeSimulatedNode();
  try {
    const before = node.fingerprint();
    placeDriverRun(node);
    return await use(node, before);
  } finally {
    node.remove();
  }
};

const isSettled = (node: SimulatedNode, before: string, where: string): void => {
  const told = `${where}\n${node.journal(RUN)}`;
  expect(node.violations(), told).toBe('');
  expect(lastEntry(node, RUN), told).toMatch(/ settle - (unchanged|reverted|committed|rolled-back) *$/);
  const isCommitted = / settle - committed *$/.test(lastEntry(node, RUN));
  expect(node.state(), told).toEqual(isCommitted ? systemd : cgroupfs);
  if (!isCommitted) expect(node.fingerprint(), told).toBe(before);
};

/** Kills a mode at every point from the first on, with a power loss at every other, and has recover settle it. */
const killEverywhere = async (
  mode: 'run' | 'recover' | 'rollback',
  prepare: (node: SimulatedNode) => Promise<void>,
  first = 1,
): Promise<number> => {
  const last = await withNode(async node => {
    await prepare(node);
    await killedAt(node, mode, 1_000_000, revert);
    return pointsPassed(node);
  });
  await eachPoint(first, last, point =>
    withNode(async (node, before) => {
      await prepare(node);
      await killedAt(node, mode, point, revert);
      const losesPower = point % 2 === 0;
      if (losesPower) reboot(node);
      await node.engine('recover');
      isSettled(node, before, `${mode}, point ${point}${losesPower ? ', power loss' : ''}`);
    }),
  );
  return last - first;
};

/** The point that the engine has reached when it waits for something. */
const pointAt = (hold: string): Promise<number> =>
  withNode(async node => {
    await killedAt(node, 'run', 1_000_000, { [hold]: 'kill' });
    return pointsPassed(node);
  });

describe('a round that needs an empty node', { timeout: 900_000 }, () => {
  test('changes both sides with the kubelet stopped', () =>
    withNode(async node => {
      await node.engine('run');
      expect(lastEntry(node, RUN)).toMatch(/ settle - committed *$/);
      expect(node.state()).toEqual(systemd);
      expect(node.violations()).toBe('');
    }));

  // Killed at every point, and the machine perhaps too: no pod meets half a change, and recover settles it.
  test('survives the end of its program', async () => {
    // Before it the run is like any other: kill.test.ts.
    const drained = await pointAt('drained-1');
    expect(await killEverywhere('run', async () => undefined, drained)).toBeGreaterThan(80);
  });

  test('survives the end of a recover', async () => {
    const atVerify = (node: SimulatedNode) => node.engine('run', { verify: 'kill' });
    expect(await killEverywhere('recover', atVerify)).toBeGreaterThan(30);
  });

  test('survives the end of a rollback', async () => {
    const committed = (node: SimulatedNode) => node.engine('run');
    expect(await killEverywhere('rollback', committed)).toBeGreaterThan(40);
  });
});
