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

/** Several at a time: most of a trial is waiting. */
const eachPoint = async (first: number, last: number, trial: (point: number) => Promise<void>): Promise<void> => {
  let next = first;
  const worker = async () => {
    while (next <= last) {
      const point = next;
      next += 1;
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

const countPoints = (mode: 'run' | 'recover' | 'rollback', answers = {}, prepare = async (_: SimulatedNode) => {}) =>
  withNode(async node => {
    await prepare(node);
    await killedAt(node, mode, 1_000_000, answers);
    return pointsPassed(node);
  });

const isSettled = (node: SimulatedNode, before: string, where: string): void => {
  const told = `${where}\n${node.journal(RUN)}`;
  expect(node.violations(), told).toBe('');
  expect(lastEntry(node, RUN), told).toMatch(/ settle - (unchanged|reverted|committed|rolled-back) *$/);
  const isCommitted = lastEntry(node, RUN).endsWith(' committed');
  expect(node.state(), told).toEqual(isCommitted ? systemd : cgroupfs);
  if (!isCommitted) expect(node.fingerprint(), told).toBe(before);
};

describe('a round that needs an empty node', { timeout: 600_000 }, () => {
  test('changes both sides with the kubelet stopped', () =>
    withNode(async node => {
      await node.engine('run');
      expect(lastEntry(node, RUN)).toMatch(/ settle - committed *$/);
      expect(node.state()).toEqual(systemd);
      expect(node.violations()).toBe('');
    }));

  test.each(['the machine lost its power and came up again', 'the machine stayed up'])(
    'killed at any point while %s: no pod meets half a change, and recover settles it',
    async machine => {
      const points = await countPoints('run', revert);
      expect(points).toBeGreaterThan(100);
      await eachPoint(1, points, point =>
        withNode(async (node, before) => {
          await killedAt(node, 'run', point, revert);
          if (machine.includes('lost')) reboot(node);
          await node.engine('recover');
          isSettled(node, before, `point ${point}`);
        }),
      );
    },
  );
});
