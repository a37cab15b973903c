import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Run } from '../src/core/result.ts';
import { bootNodes, type LabNode, requireLab } from '../test/lab/index.ts';
import { at, openWorkplace } from '../test/nodes/support/workplace.ts';
import { measureNode } from './measure.ts';
import { table } from './table.ts';

const { values } = parseArgs({ options: { nodes: { type: 'string', default: '20' } } });

const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const limit = 0.1;

/** Of everything in the node, its sshd included; where the machine counts it by cgroup v1, else by v2. */
const cpuSecondsOf = ({ name }: LabNode): number => {
  try {
    return Number(readFileSync(`/sys/fs/cgroup/cpuacct/nplab-${name}/cpuacct.usage`, 'utf8')) / 1e9;
  } catch {
    const stat = readFileSync(`/sys/fs/cgroup/nplab-${name}/cpu.stat`, 'utf8');
    return Number(/^usage_usec (\d+)$/m.exec(stat)?.[1]) / 1e6;
  }
};

const main = async (): Promise<void> => {
  const missing = requireLab();
  if (missing !== undefined) throw new Error(missing);
  const place = await openWorkplace();
  // Its known_hosts are its own.
  process.env.HOME = place.directory;
  const nodes = await bootNodes(Number(values.nodes), { suite: 'trixie' });
  try {
    const hosts = Object.fromEntries(nodes.map((node, index) => [`host-${index + 1}`, at(node)]));
    const inventory = place.inventory('hosts', hosts);
    const rows: (readonly string[])[] = [];
    for (const words of [
      ['apply', inventory, '--yes'],
      ['plan', inventory],
      ['rollback', inventory, '--yes'],
    ]) {
      const before = nodes.map(cpuSecondsOf);
      const measured = await measureNode([program, ...words, '--output', 'json']);
      const run: Run = JSON.parse(measured.stdout);
      const bad = run.hosts
        .filter(({ state }) => state !== 'ok')
        .map(({ host, error }) => `${host}: ${error?.message}`);
      if (bad.length > 0) throw new Error(bad.join('\n'));
      const used = nodes.reduce((sum, node, index) => sum + cpuSecondsOf(node) - (before[index] ?? 0), 0);
      const own = measured.cpuMs / 1000;
      rows.push([
        words[0] ?? '',
        String(nodes.length),
        `${(measured.wallMs / 1000).toFixed(1)} s`,
        `${used.toFixed(1)} s`,
        `${own.toFixed(1)} s`,
        `${((100 * own) / used).toFixed(1)} %`,
        `${measured.maxRssMiB.toFixed(0)} MiB`,
        (loadavg()[0] ?? 0).toFixed(0),
      ]);
      if (words[0] === 'apply' && own > limit * used) process.exitCode = 1;
    }
    console.log(`${cpus().length} cores, Node.js ${process.version}\n`);
    console.log(
      table(['command', 'nodes', 'wall', 'CPU of the nodes', 'CPU of nodeprep', 'share', 'peak', 'load'], rows),
    );
  } finally {
    await Promise.all(nodes.map(node => node.remove()));
    place.remove();
  }
};

await main();
