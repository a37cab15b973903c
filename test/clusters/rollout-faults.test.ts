import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bootCluster,
  type CgroupDriver,
  daemonSet,
  deployment,
  type LabCluster,
  requireClusterLab,
  STUBBORN_IMAGE,
} from '../lab/cluster/index.ts';
import { letGo, stopAt } from '../nodes/support/host-points.ts';
import { watchDrivers } from './support/driver-watch.ts';
import { type Phase, type PhasePoints, phasePointsOf } from './support/fault-points.ts';
import { type TrialEnd, tryFault, unsettled } from './support/fault-trial.ts';
import { admitKubelet, type Fault, faults, refuseKubelet } from './support/faults.ts';
import { driversOf, endsOf, openRolloutPlace, podsOf, type RolloutPlace } from './support/rollout-place.ts';

/** By hand only, since it takes longer than CI has. */
const asked = process.env.NODEPREP_FAULTS;
const reason = requireClusterLab() ?? (asked === undefined ? 'by hand: NODEPREP_FAULTS=some or =all' : undefined);
const names = ['w1', 'w2', 'w3'];
/** all: every fault at every phase. Else a subset that has each fault and each phase. */
const isWhole = asked === 'all';

type Row = readonly [Fault, 'recover' | 'apply', readonly [Phase, Phase, Phase]];
const some: readonly Row[] = [
  [faults.control, 'recover', ['evicting', 'switch', 'uncordon']],
  [faults.program, 'recover', ['sandboxes', 'switch', 'resume']],
  [faults.power, 'recover', ['switch', 'resume', 'verify']],
  [faults.api, 'apply', ['evicting', 'resume', 'uncordon']],
  [faults.cut, 'apply', ['sandboxes', 'resume', 'verify']],
];
const rest: readonly Row[] = [
  [faults.control, 'apply', ['sandboxes', 'resume', 'verify']],
  [faults.program, 'apply', ['evicting', 'verify', 'uncordon']],
  [faults.power, 'apply', ['evicting', 'sandboxes', 'uncordon']],
  [faults.api, 'recover', ['sandboxes', 'switch', 'verify']],
  [faults.cut, 'recover', ['evicting', 'switch', 'uncordon']],
  [faults.severed, 'recover', ['evicting', 'switch', 'uncordon']],
  [faults.severed, 'apply', ['sandboxes', 'resume', 'verify']],
];

describe.skipIf(reason)(`a rollout that is struck by a fault${reason ? ` (${reason})` : ''}`, () => {
  let cluster: LabCluster;
  let place: RolloutPlace;
  const points = new Map<string, PhasePoints>();
  const table: string[] = [];
  const top = { rollout: { maxUnavailable: 3, drain: { timeout: '60s' }, settleTimeout: '60s' } };
  const otherThan = (driver: string): CgroupDriver => (driver === 'systemd' ? 'cgroupfs' : 'systemd');

  /** The driver that all nodes have; those that were taken back are brought along first. */
  const driverNow = async (): Promise<CgroupDriver> => {
    const found = await Promise.all(names.map(async name => (await driversOf(cluster, name)).runtime));
    const driver = otherThan(otherThan(found[0] ?? ''));
    if (found.some(other => other !== driver)) await apply(driver);
    return driver;
  };
  const apply = async (driver: CgroupDriver): Promise<void> => {
    const applied = await place.json(['apply', place.inventory(driver, driver, names, top), '--yes']);
    expect(endsOf(applied).filter(end => !/ ok (un)?changed$/.test(end))).toEqual([]);
  };
  const backToWork = () => Promise.all([cluster.waitPods('web', 6), cluster.waitPods('rude', 3)]);

  const tryRow = async ([fault, settler, phases]: Row): Promise<TrialEnd> => {
    await backToWork();
    const driver = otherThan(await driverNow());
    const started = Date.now();
    const at = new Map(names.map((name, index) => [name, phases[index] ?? 'evicting'] as const));
    const pointOf = (node: string, wanted: CgroupDriver): PhasePoints => {
      const found = points.get(`${node} ${wanted}`);
      if (found === undefined) throw new Error(`no points of ${node} to ${wanted}`);
      return found;
    };
    const end = await tryFault({ fault, at, settler, driver }, { cluster, place, points: pointOf, top });
    const seconds = Math.round((Date.now() - started) / 1_000);
    const verdict = end.wrong.length === 0 ? 'settled' : 'NOT SETTLED';
    const line = `${fault.name.padEnd(24)} ${phases.join(', ').padEnd(30)} → ${driver}, ${settler}: ${verdict} ${seconds} s`;
    table.push(line);
    // At once: the whole table takes longer than anybody waits for a failure.
    console.log([line, ...end.wrong].join('\n'));
    return end;
  };

  beforeAll(async () => {
    cluster = await bootCluster({
      cgroupDriver: 'cgroupfs',
      // The last one is not in the inventory: pods have somewhere to go while a whole batch is away.
      nodes: [...names, 'rest'].map(name => ({ name })),
    });
    place = await openRolloutPlace(cluster);
    await cluster.apply(
      deployment('web', 6, { graceSeconds: 2 }),
      deployment('rude', 3, { image: STUBBORN_IMAGE, graceSeconds: 6 }),
      daemonSet('agent', { image: STUBBORN_IMAGE, graceSeconds: 3 }),
    );
    await backToWork();
    await Promise.all(names.map(name => watchDrivers(cluster.node(name))));
    // Whole runs, there and back, tell which points there are; what prepares the hosts besides is done by the first of all.
    await apply('systemd');
    for (const driver of ['cgroupfs', 'systemd'] as const) {
      await Promise.all(names.map(name => stopAt(cluster.node(name), 1_000_000, 'wait')));
      await apply(driver);
      for (const name of names) {
        points.set(`${name} ${driver}`, await phasePointsOf(cluster.node(name)));
        await letGo(cluster.node(name));
      }
    }
  });
  afterAll(async () => {
    console.log(`faults:\n${table.join('\n')}`);
    await cluster?.remove();
    place?.remove();
  });

  it.each([...some, ...(isWhole ? rest : [])].map(row => [row[0].name, row[2].join(', '), row] as const))(
    '%s (%s): is settled',
    async (_name, _phases, row) => {
      const { wrong } = await tryRow(row);
      expect(wrong.join('\n')).toBe('');
    },
  );

  it('a kubelet that refuses to start: taken back, uncordoned, exit 3', async () => {
    await backToWork();
    const driver = otherThan(await driverNow());
    await Promise.all(names.map(name => refuseKubelet(cluster.node(name), driver)));
    const applied = await place.json(['apply', place.inventory(driver, driver, names, top), '--yes']);
    await Promise.all(names.map(name => admitKubelet(cluster.node(name))));
    expect(endsOf(applied)).toEqual(
      names.map(name => expect.stringMatching(`^${name} failed reverted step-failed: .*no ${driver} here`)),
    );
    expect(applied.code).toBe(3);
    expect(await unsettled(cluster, names)).toEqual([]);
    table.push('kubelet refuses          resume: taken back and in service without recover');
  });

  it('pods that ignore SIGTERM for longer than the drain may take: nothing is changed, uncordoned', async () => {
    await backToWork();
    const driver = otherThan(await driverNow());
    const impatient = { rollout: { ...top.rollout, drain: { timeout: '3s' } } };
    // After many rollouts all of them may be on the node that is never changed.
    await cluster.kubectl('cordon', 'rest');
    await cluster.kubectl('delete', 'pod', '--selector=app=rude');
    await cluster.waitPods('rude', 3);
    await cluster.kubectl('uncordon', 'rest');
    const rude = new Set((await podsOf(cluster, 'rude')).map(({ spec }) => spec.nodeName));
    const applied = await place.json(['apply', place.inventory(driver, driver, names, impatient), '--yes']);
    expect(endsOf(applied)).toEqual(
      names.map(name =>
        rude.has(name)
          ? expect.stringMatching(`^${name} (failed|refused) (unchanged|reverted) drain-timeout: `)
          : `${name} ok changed`,
      ),
    );
    expect(await unsettled(cluster, names)).toEqual([]);
    table.push('pods ignore SIGTERM      evicting: left as it was, in service without recover');
  });
});
