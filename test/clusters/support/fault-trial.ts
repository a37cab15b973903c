import type { CgroupDriver, LabCluster } from '../../lab/cluster/index.ts';
import { letGo, reached, stopAt } from '../../nodes/support/host-points.ts';
import { openWay } from '../../nodes/support/severable.ts';
import { seenUnderOtherDriver } from './driver-watch.ts';
import type { Phase, PhasePoints } from './fault-points.ts';
import type { Fault } from './faults.ts';
import { driversOf, leaseHolder, nodesNotInService, type RolloutPlace, wants } from './rollout-place.ts';

export interface Trial {
  readonly fault: Fault;
  /** Node → the phase in which the fault strikes it. */
  readonly at: ReadonlyMap<string, Phase>;
  /** What settles it: `recover`, or just the next `apply`. */
  readonly settler: 'recover' | 'apply';
  /** What the interrupted apply brings about. */
  readonly driver: CgroupDriver;
}

export interface TrialPlace {
  readonly cluster: LabCluster;
  readonly place: RolloutPlace;
  readonly points: (node: string, driver: CgroupDriver) => PhasePoints;
  /** More of the inventory. */
  readonly top: Readonly<Record<string, unknown>>;
}

export interface TrialEnd {
  /** What the interrupted apply said: exit code and each host's end; undefined where it was killed. */
  readonly told: string;
  /** Everything that is not as it has to be once the settler is through. Empty: settled. */
  readonly wrong: readonly string[];
}

/** All nodes are in one batch, each at a phase of its own when the fault strikes. */
export const tryFault = async (trial: Trial, { cluster, place, points, top }: TrialPlace): Promise<TrialEnd> => {
  const { fault, at, settler, driver } = trial;
  const names = [...at.keys()];
  const nodes = names.map(name => cluster.node(name));
  const ways = await Promise.all(nodes.map(openWay));
  const hosts = Object.fromEntries(
    names.map((name, index) => {
      const port = ways[index]?.port;
      return [name, { address: '127.0.0.1', ssh: { port, knownHosts: place.path(`known-${port}`) }, ...wants(driver) }];
    }),
  );
  const inventory = place.inventory('struck', driver, names, { ...top, hosts });
  const pointOf = (name: string): number => points(name, driver)[at.get(name) ?? 'evicting'];
  await Promise.all(nodes.map(node => stopAt(node, pointOf(node.hostname), fault.action)));

  let pid: number | undefined;
  let said = '';
  const ended = place
    .run(['apply', inventory, '--yes'], {
      onStart: started => {
        pid = started;
      },
    })
    .then(({ code, stdout, stderr }) => {
      said = code === 137 ? 'killed' : `exit ${code}\n${stderr}${stdout}`;
    });
  if (fault.action === 'wait') {
    const there = await Promise.all(nodes.map(node => reached(node, pointOf(node.hostname), 400_000)));
    if (there.includes(false)) throw new Error(`not all nodes came to their points\n${said}`);
  }
  const kill = (): void => {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  };
  await fault.strike({ cluster, nodes, ways, driver, kill, ended });
  await Promise.all(ways.map(way => way.sever()));
  await Promise.all(nodes.map(letGo));

  const settle = place.inventory('settle', driver, names, top);
  const settled = await place.run([settler, settle, '--yes']);
  const wrong = await unsettled(cluster, names);
  const problems = [...(settled.code === 0 ? [] : [`${settler}: exit ${settled.code}`]), ...wrong];
  return {
    told: said,
    wrong: problems.length === 0 ? [] : [...problems, settled.stdout, settled.stderr, `--- ${said}`],
  };
};

/** What a rollout must leave nowhere, however it was interrupted. */
export const unsettled = async (cluster: LabCluster, names: readonly string[]): Promise<readonly string[]> => {
  const ofNodes = await Promise.all(
    names.map(async name => {
      const { kubelet, runtime, roots } = await driversOf(cluster, name);
      const root = runtime === 'systemd' ? 'kubepods.slice' : 'kubepods';
      const left = await cluster.node(name).sh(leftovers);
      const other = await seenUnderOtherDriver(cluster.node(name));
      return [
        ...(kubelet === runtime ? [] : [`${name}: kubelet ${kubelet}, runtime ${runtime}`]),
        ...roots.filter(found => found !== root).map(found => `${name}: pods in ${found}`),
        ...(left === '' ? [] : [`${name}: ${left}`]),
        ...(other === '' ? [] : [`${name}: ${other}`]),
      ];
    }),
  );
  const holder = await leaseHolder(cluster);
  return [
    ...ofNodes.flat(),
    ...(await nodesNotInService(cluster)),
    ...(holder === '' ? [] : [`the lock of the cluster is held by ${holder}`]),
  ];
};

/** Locks, paused units, and runs whose journal does not say how they ended. */
const leftovers = `cd /var/lib/nodeprep
ls -d lock paused/* 2>/dev/null
ls /etc/systemd/system/*.d/00-nodeprep-paused.conf 2>/dev/null
for run in runs/*/journal; do grep -q ' settle - ' "$run" || echo "$run is not settled"; done
true`;
