import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { endsOf } from '../test/clusters/support/rollout-place.ts';
import { requireClusterLab } from '../test/lab/cluster/index.ts';
import { overCluster } from './rollout/cluster.ts';
import { openFleet } from './rollout/fleet.ts';
import { type RolledOver, rollOver } from './rollout/roll-over.ts';
import { table } from './table.ts';

const { values } = parseArgs({
  options: {
    /** Nodes, and how many of them may be out of service at the same time. */
    fleets: { type: 'string', default: '50/20,100/20,200/10%' },
    'no-cluster': { type: 'boolean', default: false },
    requests: { type: 'boolean', default: false },
  },
});

interface Size {
  readonly nodes: number;
  readonly maxUnavailable: number | string;
  readonly atOnce: number;
}

const sizeOf = (text: string): Size => {
  const [, nodes = '', most = '', percent] = /^(\d+)\/(\d+)(%?)$/.exec(text) ?? [];
  if (nodes === '') throw new Error(`--fleets ${text}: write 50/20 or 200/10%, separated by commas`);
  if (percent === '') return { nodes: Number(nodes), maxUnavailable: Number(most), atOnce: Number(most) };
  const atOnce = Math.max(1, Math.floor((Number(nodes) * Number(most)) / 100));
  return { nodes: Number(nodes), maxUnavailable: `${most}%`, atOnce };
};

const seconds = (value: number): string => `${value.toFixed(1)} s`;
const load = (): string => (loadavg()[0] ?? 0).toFixed(0);

/** A rollout that did something else than it should have has no figures. */
const assertWhole = (size: Size, { applied, seen, pods }: RolledOver): void => {
  const wrong = endsOf(applied).filter(end => !end.endsWith(' ok changed'));
  const problems = [
    ...(wrong.length > 0 ? [`${wrong.length} hosts did not end well: ${wrong.slice(0, 3).join('; ')}`] : []),
    ...(seen.most > size.atOnce ? [`${seen.most} nodes were out of service at once, allowed are ${size.atOnce}`] : []),
    ...(seen.left.length > 0 ? [`left out of service: ${seen.left.join(', ')}`] : []),
    ...(pods.fewest < pods.least ? [`only ${pods.fewest} pods were available, the budget asks for ${pods.least}`] : []),
  ];
  if (problems.length > 0) throw new Error(`${size.nodes} nodes: ${problems.join('\n')}\n${applied.stderr}`);
};

const fleetRow = (size: Size, rolled: RolledOver, loads: string): readonly string[] => [
  `${size.nodes}, ${size.maxUnavailable}`,
  `${rolled.seen.most} of ${size.atOnce}`,
  seconds(rolled.seconds),
  seconds(rolled.seconds / size.nodes),
  seconds(rolled.outSeconds.median),
  seconds(rolled.outSeconds.longest),
  ((rolled.requests.all - rolled.requests.lock) / size.nodes).toFixed(1),
  String(rolled.requests.lock),
  `${rolled.pods.fewest} of ${rolled.pods.all} (${rolled.pods.least})`,
  `${rolled.usage.peakMiB.toFixed(0)} MiB`,
  seconds(rolled.usage.cpuSeconds / size.nodes),
  loads,
];

const head = [
  'nodes, maxUnavailable',
  'most out of service',
  'rollout',
  'a node',
  'out of service, median',
  'longest',
  'API requests a node',
  'for the lock',
  'fewest pods (budget)',
  'peak',
  'CPU a node',
  'load',
] as const;

const rollOverFleets = async (sizes: readonly Size[]): Promise<string> => {
  const rows: (readonly string[])[] = [];
  for (const size of sizes) {
    const fleet = await openFleet(size.nodes);
    try {
      const before = load();
      const rolled = await rollOver(fleet, size);
      assertWhole(size, rolled);
      rows.push(fleetRow(size, rolled, `${before}–${load()}`));
      process.stderr.write(`${rows.at(-1)?.join('  ')}\n`);
      if (values.requests) {
        for (const [kind, times] of rolled.requests.kinds) {
          process.stderr.write(`${(times / size.nodes).toFixed(2).padStart(8)}  ${kind}\n`);
        }
      }
    } finally {
      await fleet.close();
    }
  }
  return table(head, rows);
};

const main = async (): Promise<void> => {
  const missing = requireClusterLab();
  if (missing !== undefined) throw new Error(missing);
  const sizes = values.fleets.split(',').filter(Boolean).map(sizeOf);
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  console.log(`${cpus().length} cores, ${memory} GiB, Node.js ${process.version}\n`);
  if (!values['no-cluster']) {
    const { nodes, seconds: took, all, least, fewest, looks } = await overCluster();
    console.log(
      `${nodes} real nodes in ${seconds(took)}: fewest of ${all} pods available ${fewest} in ${looks} looks, the budget asks for ${least}\n`,
    );
    if (fewest < least) throw new Error('the budget was not kept');
  }
  if (sizes.length > 0) console.log(await rollOverFleets(sizes));
};

await main();
