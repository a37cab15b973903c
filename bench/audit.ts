import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startDelayProxy } from './delay-proxy.ts';
import { factCosts } from './fact-cost.ts';
import { type Measured, measureNode, median } from './measure.ts';
import { type Sshd, startSshd } from './sshd.ts';
import { table } from './table.ts';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const floorScript = fileURLToPath(new URL('floor.mjs', import.meta.url));
const width = 32;
/** Each way; a round trip takes twice that. */
const delayMs = 50;

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10,50,200' },
    repeat: { type: 'string', default: '5' },
    'no-facts': { type: 'boolean', default: false },
  },
});
const sizes = values.hosts.split(',').map(Number);
const repeat = Number(values.repeat);

interface Place {
  readonly directory: string;
  readonly sshd: Sshd;
  readonly programFile: string;
}

const inventoryOf = (place: Place, hosts: number, port: number): string => {
  const known = join(place.directory, `known_hosts-${port}`);
  const addresses = place.sshd.addresses.slice(0, hosts);
  writeFileSync(known, addresses.map(address => `[${address}]:${port} ${place.sshd.hostKey}\n`).join(''));
  const ssh = { user: place.sshd.user, port, identityFile: place.sshd.identityFile, knownHosts: known, agent: false };
  const names = addresses.map((address, index) => [`bench-${index + 1}`, { address }]);
  const file = join(place.directory, `inventory-${hosts}-${port}.yaml`);
  writeFileSync(file, JSON.stringify({ defaults: { ssh }, hosts: Object.fromEntries(names) }));
  return file;
};

/** A fast audit that saw nothing is no result. */
const assertAudited = ({ stdout, stderr }: Measured, hosts: number): void => {
  if (stdout === '') throw new Error(`no result: ${stderr}`);
  const run = JSON.parse(stdout) as { hosts: { state: string; findings: unknown[]; error?: unknown }[] };
  const audited = run.hosts.filter(host => host.state === 'ok' && host.findings.length > 20).length;
  if (audited === hosts) return;
  const bad = run.hosts.find(host => host.state !== 'ok');
  throw new Error(`only ${audited} of ${hosts} hosts were audited: ${JSON.stringify(bad?.error)}`);
};

interface Sample {
  readonly floor: Measured;
  readonly withProgram: Measured;
  readonly audit: Measured;
}

/** The three take turns, so that what else the machine does falls on all of them. */
const sample = async (place: Place, hosts: number, port: number): Promise<Sample> => {
  const { user, identityFile } = place.sshd;
  const addresses = place.sshd.addresses.slice(0, hosts);
  const config = { addresses, parallel: width, port, user, identityFile };
  const floor = (over: object) => measureNode([floorScript, JSON.stringify({ ...config, ...over })]);
  const inventory = inventoryOf(place, hosts, port);
  const bare = await floor({});
  const withProgram = await floor({ programFile: place.programFile });
  for (const { exitCode, stderr } of [bare, withProgram]) if (exitCode !== 0) throw new Error(stderr);
  const audit = await measureNode([cli, 'check', inventory, '--output', 'json', '--parallel', String(width)]);
  assertAudited(audit, hosts);
  return { floor: bare, withProgram, audit };
};

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
const mebibytes = (peaks: readonly number[]): string => `${Math.max(...peaks).toFixed(0)} MiB`;
const ratio = (value: number): string => `${value.toFixed(2)} ×`;

const row = (hosts: number, latency: string, samples: readonly Sample[]): string[] => {
  const wall = (pick: (each: Sample) => Measured) => median(samples.map(each => pick(each).wallMs));
  const floor = wall(each => each.floor);
  const withProgram = wall(each => each.withProgram);
  const audit = wall(each => each.audit);
  return [
    `${hosts}, ${latency}`,
    seconds(floor),
    seconds(withProgram),
    seconds(audit),
    ratio(audit / withProgram),
    ratio(audit / floor),
    seconds(median(samples.map(each => each.audit.cpuMs))),
    seconds(median(samples.map(each => each.withProgram.cpuMs))),
    mebibytes(samples.map(each => each.audit.maxRssMiB)),
    mebibytes(samples.map(each => each.withProgram.maxRssMiB)),
  ];
};

const audits = async (place: Place): Promise<string> => {
  const proxy = await startDelayProxy(place.sshd.addresses, place.sshd.port, delayMs);
  const ports = [
    { latency: 'loopback', port: place.sshd.port },
    { latency: `+${2 * delayMs} ms`, port: proxy.port },
  ];
  const rows: string[][] = [];
  for (const hosts of sizes) {
    for (const { latency, port } of ports) {
      const samples: Sample[] = [];
      for (let turn = 0; turn < repeat; turn += 1) samples.push(await sample(place, hosts, port));
      rows.push(row(hosts, latency, samples));
      process.stderr.write(`${rows.at(-1)?.join('  ')}\n`);
    }
  }
  proxy.close();
  const head = ['hosts', 'floor', 'floor + program', 'audit', 'audit / floor + program', 'audit / floor'];
  return table([...head, 'CPU of audit', 'CPU of floor + program', 'peak of audit', 'peak of floor'], rows);
};

const startUp = async (): Promise<string> => {
  const turns = Array.from({ length: 15 }, (_, index) => index);
  const bare: number[] = [];
  const version: number[] = [];
  for (const _turn of turns) {
    bare.push((await measureNode(['-e', '0'], { bare: true })).wallMs);
    version.push((await measureNode([cli, '--version'], { bare: true })).wallMs);
  }
  const told = ratio(median(version) / median(bare));
  return `nodeprep --version ${median(version).toFixed(0)} ms, node -e 0 ${median(bare).toFixed(0)} ms: ${told}`;
};

const costs = (directory: string): string =>
  table(
    ['fact', 'CPU on the host', 'processes', 'answer'],
    factCosts(directory).map(({ name, cpuMs, processes, answerBytes }) => [
      name,
      `${cpuMs.toFixed(1)} ms`,
      String(processes ?? '?'),
      `${answerBytes} B`,
    ]),
  );

const main = async (): Promise<void> => {
  if (!existsSync(cli)) throw new Error('dist/cli.js is not there: npm run build');
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-bench-'));
  const sshd = await startSshd(directory, Math.max(...sizes));
  try {
    const programFile = join(directory, 'program.sh');
    writeFileSync(programFile, execFileSync(process.execPath, [cli, 'facts', '--program']));
    const place = { directory, sshd, programFile };
    console.log(`${cpus().length} cores, Node.js ${process.version}, width ${width}, median of ${repeat}\n`);
    console.log(`${await startUp()}\n`);
    if (!values['no-facts']) console.log(`${costs(directory)}\n`);
    console.log(await audits(place));
  } finally {
    sshd.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

await main();
