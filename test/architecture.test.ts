import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runtimeNames } from '../src/core/runtimes/index.ts';

/** The way of the data (docs: design 2). A layer is a folder of src; it may import what is named here, and itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  json: ['core'],
  toml: ['core'],
  yaml: ['core'],
  connect: ['core'],
  inventory: ['core'],
  facts: ['core', 'connect', 'json'],
  os: ['core', 'facts'],
  cluster: ['core', 'connect'],
  checks: ['core', 'facts', 'os', 'cluster'],
  changes: ['core'],
  installers: ['core', 'facts', 'os', 'changes', 'json', 'toml', 'yaml', 'cluster'],
  plan: ['core', 'facts', 'os', 'changes', 'installers', 'yaml', 'cluster'],
  cri: ['core', 'facts', 'checks', 'connect'],
  apply: ['core', 'facts', 'os', 'changes', 'plan', 'connect', 'cri', 'cluster'],
  report: ['core'],
  ui: ['core'],
  commands: [
    'core',
    'inventory',
    'connect',
    'facts',
    'os',
    'checks',
    'changes',
    'installers',
    'plan',
    'cri',
    'cluster',
    'apply',
    'report',
    'ui',
  ],
  'cli.ts': ['commands'],
};

/** A package is known to the layers named here, and to no other. */
const owners: Readonly<Record<string, readonly string[]>> = {
  ssh2: ['connect'],
  listr2: ['ui'],
  'js-yaml': ['inventory', 'core', 'yaml'],
  // Whatever reads data that nodeprep did not make in this run.
  zod: ['inventory', 'connect', 'plan', 'apply', 'cluster'],
  commander: ['commands'],
  semver: ['core'],
  diff: ['plan', 'installers'],
  '@iarna/toml': ['core', 'toml'],
  'toml-eslint-parser': ['toml'],
  '@grpc/grpc-js': ['cri'],
  protobufjs: ['cri'],
  undici: ['apply'],
};

/** Nothing here talks to the world; what a host or the clock says arrives as an argument. */
const pureLayers = ['core', 'json', 'toml', 'yaml', 'os', 'checks', 'changes', 'installers', 'plan', 'report', 'facts'];
/** The one place of `facts` that holds a connection. */
const impureFiles = ['facts/gather.ts'];
/** The data of a layer that talks to the world: all that a pure layer may know of it. */
const clusterData = [
  'cluster/objects.ts',
  'cluster/cluster-facts.ts',
  'cluster/cordon-mark.ts',
  'cluster/cri-socket.ts',
];
/** Of Node.js: what computes, and what loads a package when it is first needed. */
const pureModules = ['node:buffer', 'node:crypto', 'node:module', 'node:path', 'node:util'];
const impureWords =
  /\bprocess\.|\bconsole\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\brandom(Bytes|UUID|Int)\b|\bset(Timeout|Interval|Immediate)\(|\bfetch\(/;

interface Source {
  /** Below src, with `/`. */
  readonly path: string;
  readonly text: string;
}

const layerOf = (path: string): string => path.split('/')[0] ?? '';

const isPure = ({ path }: Source): boolean =>
  clusterData.includes(path) || (pureLayers.includes(layerOf(path)) && !impureFiles.includes(path));

const importsOf = ({ text }: Source): readonly string[] =>
  [...text.matchAll(/\b(?:from|import)\s*\(?\s*'([^'\s]+)'/g)].flatMap(([, target]) => target ?? []);

const packageOf = (target: string): string =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');

/** Every arrow that points the wrong way, as a sentence. */
const violations = (source: Source): readonly string[] => {
  const layer = layerOf(source.path);
  const wrong = importsOf(source).flatMap(target => {
    if (target.startsWith('node:')) {
      return isPure(source) && !pureModules.includes(target) ? [`${target} in a pure layer`] : [];
    }
    if (!target.startsWith('.')) {
      return owners[packageOf(target)]?.includes(layer) ? [] : [`package ${packageOf(target)} is not for ${layer}`];
    }
    const found = posix.join(posix.dirname(source.path), target);
    if (found.startsWith('..')) return [`${target} is outside of src`];
    const other = layerOf(found);
    if (isPure(source) && other === 'cluster' && !clusterData.includes(found)) return [`${found} in a pure layer`];
    return other === layer || mayImport[layer]?.includes(other) ? [] : [`${layer} may not import ${other}`];
  });
  const word = isPure(source) ? impureWords.exec(withoutProse(source.text))?.[0] : undefined;
  return [...wrong, ...(word === undefined ? [] : [`${word} in a pure layer`])].map(text => `${source.path}: ${text}`);
};

/** Comments and text for people may name what code may not use. */
const withoutProse = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/gm, match =>
    match.startsWith('`') ? [...match.matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => code).join(';') : '',
  );

/** What is about one runtime alone. */
const ofOneRuntime =
  /^(core\/runtimes|checks\/runtimes|installers\/(containerd|cri-o|docker|packagings|retire-runtime))\/|^checks\/kubelet\/kubelet-cgroup-driver\.ts$/;

/** Runtimes that are told apart by their names, where a new one would have to be thought of. */
const byName = ({ path, text }: Source): readonly string[] => {
  if (ofOneRuntime.test(path)) return [];
  const one = `'(?:${runtimeNames.join('|')})'`;
  const found = new RegExp(`\\b(?:name|runtime|to) [!=]== ${one}|\\bcase ${one}|[{\n]\\s*mirantis: `).exec(text)?.[0];
  return found === undefined ? [] : [`${path}: ${found}`];
};

const src = new URL('../src/', import.meta.url);
const sources: readonly Source[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map(path => path.replaceAll('\\', '/'))
  .filter(path => path.endsWith('.ts'))
  .map(path => ({ path, text: readFileSync(new URL(path, src), 'utf8') }));

describe('src', () => {
  test('has no folder without a place in the picture', () => {
    const layers = new Set(sources.map(({ path }) => layerOf(path)));
    expect([...layers].filter(layer => mayImport[layer] === undefined)).toEqual([]);
  });

  test('has arrows in one direction only', () => expect(sources.flatMap(violations)).toEqual([]));

  test('tells runtimes apart by what their profiles say: a new one is its own files, and a line in each registry', () => {
    expect(sources.flatMap(byName)).toEqual([]);
  });

  test('the picture itself has no circle', () => {
    const reaches = (from: string, to: string, seen: readonly string[] = []): boolean =>
      (mayImport[from] ?? []).some(next => next === to || (!seen.includes(next) && reaches(next, to, [...seen, next])));
    expect(Object.keys(mayImport).filter(layer => reaches(layer, layer))).toEqual([]);
  });
});

describe('a planted violation is caught', () => {
  test.each([
    ['checks/a.ts', "import { x } from '../connect/ssh.ts';", 'checks may not import connect'],
    ['plan/a.ts', "import type { Connection } from '../connect/connection.ts';", 'plan may not import connect'],
    ['core/a.ts', "export { x } from '../facts/swap.ts';", 'core may not import facts'],
    ['checks/kernel/a.ts', "const x = await import('../../apply/run.ts');", 'checks may not import apply'],
    ['apply/a.ts', "import { Client } from 'ssh2';", 'package ssh2 is not for apply'],
    ['cri/a.ts', "import x from 'protobufjs/light.js';\nimport 'left-pad';", 'package left-pad is not for cri'],
    ['core/a.ts', "import {\n  a,\n  b,\n} from '../ui/a.ts';", 'core may not import ui'],
    ['checks/a.ts', "import { readFile } from 'node:fs/promises';", 'node:fs/promises in a pure layer'],
    ['checks/a.ts', 'const now = Date.now();', 'Date.now in a pure layer'],
    ['plan/a.ts', "import type { Cluster } from '../cluster/cluster.ts';", 'cluster/cluster.ts in a pure layer'],
    ['plan/a.ts', `const text = \`at $\{new Date().toISOString()}\`;`, 'new Date() in a pure layer'],
    ['facts/swap.ts', 'const home = process.env.HOME;', 'process. in a pure layer'],
    ['core/a.ts', "import { x } from '../../test/desired.ts';", '../../test/desired.ts is outside of src'],
  ])('%s: %s', (path, text, message) => {
    expect(violations({ path, text })).toEqual([`${path}: ${message}`]);
  });

  test.each([
    ["if (runtime.name === 'cri-o') return;", "name === 'cri-o'"],
    ["switch (name) { case 'docker': return; }", "case 'docker'"],
    ["const sockets = { mirantis: '/run/x.sock' };", '{ mirantis: '],
  ])('plan/a.ts: %s', (text, found) => expect(byName({ path: 'plan/a.ts', text })).toEqual([`plan/a.ts: ${found}`]));

  test.each([
    ['checks/a.ts', "// Date.now() is for others\nconst text = 'process.env';"],
    ['checks/kernel/a.ts', "import { x } from '../support/y.ts';\nimport { z } from '../../core/z.ts';"],
    ['facts/gather.ts', 'const deadline = setTimeout(() => {}, 1);'],
    ['core/a.ts', "import { createHash } from 'node:crypto';"],
    ['core/a.ts', 'const started = new Date(seconds * 1000);'],
  ])('and %s is let pass: %s', (path, text) => expect(violations({ path, text })).toEqual([]));
});
