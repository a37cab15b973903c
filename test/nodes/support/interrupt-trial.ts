import type { HostResult } from '../../../src/core/result.ts';
import type { LabNode } from '../../lab/index.ts';
import { hostOf } from './cli.ts';
import { type LastRun, lastRun, letGo, mustReach, stopAt } from './host-points.ts';
import { type HostState, hostState } from './host-state.ts';
import { openWay, type Way } from './severable.ts';
import { type StartedRun, startRun } from './start-run.ts';
import { at, type Workplace } from './workplace.ts';

/** One `apply` at work on several hosts, each of which stands at a point of its own. */
export interface ApplyAtWork extends StartedRun {
  readonly nodes: readonly LabNode[];
  /** How it reaches them. */
  readonly ways: readonly Way[];
}

export interface Interruption {
  /** What the host program does at its point. */
  readonly action: 'kill' | 'wait';
  interrupt(apply: ApplyAtWork): Promise<void>;
}

/** What became of one host that was interrupted at one point. */
export interface Trial {
  readonly node: string;
  readonly point: number;
  /** The run as the interruption left it. */
  readonly left: LastRun;
  /** What `check` says of earlier runs; undefined where it is content with them. */
  readonly named: string | undefined;
  readonly again: HostResult;
  readonly rollback: HostResult;
  readonly restored: HostState;
  /** What the interrupted `apply` told in the end; undefined where it was killed. */
  readonly first: Promise<HostResult | undefined>;
}

export interface Batch {
  /** One host for each. */
  readonly points: readonly number[];
  readonly nodes: readonly LabNode[];
  readonly name: string;
}

/** Interrupted there, checked, applied once more, rolled back. */
export const interruptAt = async (batch: Batch, place: Workplace, way: Interruption): Promise<readonly Trial[]> => {
  const pairs = batch.nodes.flatMap((node, index) => {
    const point = batch.points[index];
    return point === undefined ? [] : [{ node, point }];
  });
  const nodes = pairs.map(({ node }) => node);
  const inventory = place.inventory(batch.name, Object.fromEntries(nodes.map(node => [node.name, at(node)])));

  await Promise.all(pairs.map(({ node, point }) => stopAt(node, point, way.action)));
  const apply = await startApply(place, batch.name, nodes);
  if (way.action === 'wait') await Promise.all(pairs.map(({ node, point }) => mustReach(node, point)));
  await way.interrupt(apply);
  const left = await Promise.all(nodes.map(lastRun));
  const checked = await place.json(['check', inventory]);
  await Promise.all(nodes.map(letGo));
  const again = await place.json(['apply', inventory, '--yes']);
  const rollback = await place.json(['rollback', inventory, '--yes']);
  const restored = await Promise.all(nodes.map(hostState));

  return pairs.map(({ point, node: { name } }, index) => ({
    node: name,
    point,
    left: ofIndex(left, index),
    named: namedBy(hostOf(checked, name)),
    again: hostOf(again, name),
    rollback: hostOf(rollback, name),
    restored: ofIndex(restored, index),
    first: apply.ended.then(({ run }) => run?.hosts.find(({ host }) => host === name)),
  }));
};

const ofIndex = <T>(items: readonly T[], index: number): T => {
  const item = items[index];
  if (item === undefined) throw new Error(`nothing was seen of host ${index}`);
  return item;
};

/** Through ways of its own, so that it alone can be cut off. */
export const startApply = async (place: Workplace, name: string, nodes: readonly LabNode[]): Promise<ApplyAtWork> => {
  const ways = await Promise.all(nodes.map(openWay));
  // A port of this machine is another host each time.
  const ssh = (port: number | undefined) => ({ port, knownHosts: place.path(`known-hosts-${port}`) });
  const hosts = nodes.map((node, index) => [node.name, { address: '127.0.0.1', ssh: ssh(ways[index]?.port) }]);
  const inventory = place.inventory(`${name}-first`, Object.fromEntries(hosts));
  const { kill, ended } = startRun(place, ['apply', inventory, '--yes']);
  const severed = ended.finally(() => Promise.all(ways.map(way => way.sever())));
  return { nodes, ways, kill, ended: severed };
};

/** What a check says of earlier runs. */
export const namedBy = (host: HostResult): string | undefined => {
  const finding = host.findings.find(({ check }) => check === 'unfinished-run');
  return finding?.status === 'fail' ? finding.message : undefined;
};
