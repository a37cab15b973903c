import { parse } from '@iarna/toml';
import type { HostResult } from '../../../src/core/result.ts';
import type { LabNode } from '../../lab/index.ts';
import { type CliRun, hostOf } from './cli.ts';
import { type HostState, hostState, startedAt, touchedSince } from './host-state.ts';
import { at, type Workplace } from './workplace.ts';

/** A bare host on its way to a node and back: everything that was said and seen, to be judged afterwards. */
export const journey = async (node: LabNode, place: Workplace) => {
  const inventory = place.inventory(node.name, { host: at(node) });
  const steps: Record<string, CliRun> = {};
  const step = async (name: string, ...args: string[]): Promise<void> => {
    const [command = '', ...options] = args;
    steps[name] = await place.json([command, inventory, ...options]);
  };
  const touched = touchedSince(node);

  await touched.mark();
  const bare = await hostState(node);
  await step('first check', 'check');
  await step('first plan', 'plan');
  await step('first plan, detailed', 'plan', '--detailed-exitcode');
  const touchedBare = await touched.list();
  await step('first apply', 'apply', '--yes');
  const prepared = await hostState(node);
  await touched.mark();
  await step('second check', 'check');
  await step('second plan', 'plan', '--detailed-exitcode');
  const touchedPrepared = await touched.list();
  const inForce = await readInForce(node);
  const before = await startedAt(node, 'containerd');
  await step('second apply', 'apply', '--yes');
  const after = await startedAt(node, 'containerd');
  await step('rollback', 'rollback', '--yes');
  const restored = await hostState(node);
  await step('rollback again', 'rollback', '--yes');
  await step('third apply', 'apply', '--yes');
  const preparedAgain = await hostState(node);
  return {
    step: (name: string): { code: number; host: HostResult; run: CliRun['run'] } => {
      const found = steps[name];
      if (found === undefined) throw new Error(`the journey has no step ${name}`);
      return { code: found.code, host: hostOf(found, 'host'), run: found.run };
    },
    states: { bare, prepared, restored, preparedAgain } satisfies Record<string, HostState>,
    touched: { bare: touchedBare, prepared: touchedPrepared },
    inForce,
    containerdStarted: { before, after },
  };
};

export type Journey = Awaited<ReturnType<typeof journey>>;

/** What the host says when it is asked without nodeprep. */
export const readInForce = async (node: LabNode) => {
  const dump = parse(await node.sh('containerd config dump 2>/dev/null')) as Record<string, unknown>;
  return { dump, forward: await node.sh('cat /proc/sys/net/ipv4/ip_forward') };
};

/** `config dump` of containerd 1.x and 2.x, asked for one setting. */
export const dumped = (dump: Readonly<Record<string, unknown>>) => {
  const split = Number(dump.version) >= 3;
  const plugin = (id: string): unknown =>
    dig(dump, 'plugins', split ? `io.containerd.cri.v1.${id}` : 'io.containerd.grpc.v1.cri');
  return {
    systemdCgroup: (handler: string): unknown =>
      dig(plugin('runtime'), 'containerd', 'runtimes', handler, 'options', 'SystemdCgroup'),
    sandboxImage: split ? dig(plugin('images'), 'pinned_images', 'sandbox') : dig(plugin('images'), 'sandbox_image'),
    cniBinDirs: dig(plugin('runtime'), 'cni', 'bin_dirs') ?? [dig(plugin('runtime'), 'cni', 'bin_dir')],
    disabled: dig(dump, 'disabled_plugins'),
    setting: (...path: string[]): unknown => dig(plugin('runtime'), ...path),
    image: (...path: string[]): unknown => dig(plugin('images'), ...path),
  };
};

const dig = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined),
    value,
  );
