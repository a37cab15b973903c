// `npm run demo [-- --keep]`: the whole way on one machine. Boots a disposable node and checks, prepares and checks it
// again over SSH, with the built command, as a user would. Without root or apt it audits this machine instead.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bootNode, closeLab, ensureLabPackages, type LabNode, requireLab } from '../test/lab/index.ts';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const CONTROLLERS = ['cpu', 'memory', 'pids'];

async function main(): Promise<number> {
  const { values: flags } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
  if (!existsSync(CLI)) {
    say('dist/cli.js is not built: npm run build');
    return 2;
  }
  const reason = await prepareLab();
  if (reason !== undefined) return auditThisMachine(reason);
  return demonstrate(flags.keep);
}

/** Gives the reason why no node can be booted here, after getting by apt what can be got. */
async function prepareLab(): Promise<string | undefined> {
  if (requireLab() === undefined) return undefined;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return requireLab();
  say('Getting what the lab needs …');
  const installed = await ensureLabPackages();
  say(`Installed: ${installed.join(' ') || 'nothing was missing'}`);
  return requireLab();
}

function auditThisMachine(reason: string): number {
  say(`No node can be booted here (${reason}).\nThe audit of this machine instead, which changes nothing:`);
  nodeprep('check');
  return 0;
}

async function demonstrate(keep: boolean): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-demo-'));
  say('Booting a fresh Debian 13 node (the first time builds its root, about a minute) …');
  const node = await bootNode({ suite: 'trixie', keep, log: say });
  say(`${node.name} answers on ${node.address}`);
  try {
    return await threeSteps(await writeInventory(node, directory));
  } finally {
    if (keep) sayHowToGoOn(node, directory);
    else await tidyUp(node, directory);
  }
}

async function threeSteps(inventory: string): Promise<number> {
  const steps = [
    { args: ['check', inventory], expected: 1, why: 'a fresh host has errors' },
    { args: ['apply', inventory, '--yes'], expected: 0, why: 'apply prepares it' },
    { args: ['check', inventory], expected: 0, why: 'now it is a node' },
  ];
  const wrong = steps.filter(({ args, expected, why }) => {
    const code = nodeprep(...args);
    say(`exit ${code}${code === expected ? ` as expected: ${why}` : `, expected ${expected}: ${why}`}`);
    return code !== expected;
  });
  say(wrong.length === 0 ? '\nThe demo went as it should.' : `\nThe demo failed in ${wrong.length} of 3 steps.`);
  return wrong.length === 0 ? 0 : 1;
}

async function writeInventory(node: LabNode, directory: string): Promise<string> {
  const file = join(directory, 'inventory.yaml');
  const knownHosts = join(directory, 'known_hosts');
  const lines = [
    'kubernetes: { version: "1.34" }',
    'defaults:',
    `  ssh: { user: ${node.user}, port: ${node.port}, identityFile: ${node.identityFile}, hostKeys: accept-new, knownHosts: ${knownHosts} }`,
    '  runtime: { name: containerd, source: distribution, cgroupDriver: systemd }',
    'hosts:',
    `  ${node.name}: { address: ${node.address} }`,
    ...(await waivers(node)),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  say(`${file}:\n${lines.map(line => `    ${line}`).join('\n')}`);
  return file;
}

// Where this machine's controllers are bound to cgroup v1, a container node has none of them, and nothing can give it any.
async function waivers(node: LabNode): Promise<string[]> {
  const has = (await node.sh('cat /sys/fs/cgroup/cgroup.controllers')).split(' ');
  if (CONTROLLERS.every(controller => has.includes(controller))) return [];
  const expires = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const waiver = `owner: demo@example.com, reason: a container node on a cgroup v1 machine, expires: "${expires}"`;
  return ['waivers:', `  - { check: cgroup-controllers, ${waiver} }`];
}

function nodeprep(...args: string[]): number {
  say(`\n$ nodeprep ${args.join(' ')}`);
  return spawnSync(process.execPath, [CLI, ...args], { stdio: 'inherit' }).status ?? 70;
}

function sayHowToGoOn(node: LabNode, directory: string): void {
  say(`\nThe node stays.
  log in     npm run lab -- ssh ${node.name}
  inventory  ${join(directory, 'inventory.yaml')}
  remove     npm run lab -- rm ${node.name}`);
}

async function tidyUp(node: LabNode, directory: string): Promise<void> {
  await node.remove();
  await closeLab();
  rmSync(directory, { recursive: true });
  say(`${node.name} is removed. With --keep it stays: npm run demo -- --keep`);
}

function say(line: string): void {
  console.error(line);
}

process.exitCode = await main();
