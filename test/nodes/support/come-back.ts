import type { LabNode } from '../../lab/index.ts';
import { sleep } from '../../lab/run.ts';
import { driverOf, lastRun, letGo, moveOn, mustReach } from './host-points.ts';
import type { ApplyAtWork } from './interrupt-trial.ts';
import type { Way } from './severable.ts';

/**
 * Cuts the connections at every point but the last, which is the end: each host at every so many points, all of them together
 * at all. The next cut comes when nodeprep is back.
 */
export const cutAndComeBack = async ({ nodes, ways }: ApplyAtWork, points: number): Promise<void> => {
  await Promise.all(
    nodes.map(async (node, index) => {
      const way = ways[index];
      if (way === undefined) throw new Error(`no way to ${node.name}`);
      for (let point = index + 1; point < points; point += nodes.length) {
        await moveOn(node, point);
        await mustReach(node, point);
        await cut(node, way);
      }
      await letGo(node);
    }),
  );
};

const cut = async (node: LabNode, way: Way): Promise<void> => {
  const before = await driverAfter(node, '');
  way.drop();
  await driverAfter(node, before);
};

/** The session that drives the run, once it is another one. */
const driverAfter = async (node: LabNode, before: string): Promise<string> => {
  const end = Date.now() + 120_000;
  for (;;) {
    const driver = await driverOf(node);
    if (driver !== '' && driver !== before) return driver;
    if (Date.now() > end)
      throw new Error(`${node.name}: nodeprep does not come back, ${(await lastRun(node)).events.at(-1)}`);
    await sleep(50);
  }
};
