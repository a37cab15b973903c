import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkFacts } from '../src/commands/check-facts.ts';
import { compileFacts, type FactTable } from '../src/facts/compile.ts';
import { facts } from '../src/facts/registry.ts';

export interface Cost {
  readonly name: string;
  /** CPU on the host, user and system, of one run. */
  readonly cpuMs: number;
  /** undefined: cannot be counted without root. */
  readonly processes: number | undefined;
  readonly answerBytes: number;
}

const runs = 20;
const seconds = (text: string): number => {
  const [, minutes = '0', rest = '0'] = /(\d+)m([\d.]+)s/.exec(text) ?? [];
  return Number(minutes) * 60 + Number(rest);
};

/** The second line of `times` is what the children used. */
const cpuOf = (file: string): number => {
  const script = `i=0; while [ $i -lt ${runs} ]; do sh -s <"$1" >/dev/null 2>&1; i=$((i+1)); done; times`;
  const lines = execFileSync('bash', ['-c', script, 'bench', file]).toString().trim().split('\n');
  const [user = '', system = ''] = (lines.at(-1) ?? '').split(' ');
  return ((seconds(user) + seconds(system)) * 1000) / runs;
};

/** In a pid namespace of its own the next process tells how many there were: init, `sh -s` and its own shell are not counted. */
const processesOf = (file: string): number | undefined => {
  try {
    const script = 'sh -s <"$1" >/dev/null 2>&1; sh -c \'echo $$\'';
    const argv = ['--pid', '--fork', '--mount-proc', 'sh', '-c', script, 'bench', file];
    return Number(execFileSync('unshare', argv, { stdio: ['ignore', 'pipe', 'ignore'] }).toString()) - 3;
  } catch {
    return undefined;
  }
};

const measure = (name: string, program: string, directory: string): Cost => {
  const file = join(directory, `${name}.sh`);
  writeFileSync(file, program);
  const answerBytes = execFileSync('sh', ['-s'], { input: program, maxBuffer: 64 * 1024 * 1024 }).length;
  return { name, cpuMs: cpuOf(file), processes: processesOf(file), answerBytes };
};

/** What each fact of `check` costs this host, dearest first; before them the whole program and one without any fact. */
export const factCosts = (directory: string): Cost[] => {
  const marker = 'benchmark-0123456789abcdef';
  const table: FactTable = facts;
  const wanted = Object.entries(table).filter(([id]) => checkFacts.some(each => each === id));
  const one = (name: string, some: FactTable) => measure(name, compileFacts(some, marker).program, directory);
  const each = wanted.map(([id, fact]) => one(id, { [id]: fact })).sort((a, b) => b.cpuMs - a.cpuMs);
  return [one('all of check', Object.fromEntries(wanted)), one('none', {}), ...each];
};
