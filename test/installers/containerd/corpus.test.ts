import { readdirSync } from 'node:fs';
import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { expect, test } from 'vitest';
import type { DesiredNode } from '../../../src/core/desired.ts';
import { known } from '../../../src/core/observed.ts';
import { readConfigSet } from '../../../src/installers/containerd/config-set.ts';
import { planConfig } from '../../../src/installers/containerd/edit-config.ts';
import { planHandlers } from '../../../src/installers/handlers/plan.ts';
import { debian } from '../../../src/os/debian.ts';
import { desiredNode } from '../../desired.ts';
import { someOciRuntimes } from '../../oci-runtimes.ts';
import { bareFacts } from '../../plan/facts.ts';
import { cases, containerdOf, fixtures } from './cases.ts';

type Tree = Readonly<Record<string, unknown>>;

/** By the other parser than the one whose values the planner works with. */
const treeOf = (text: string): Tree => getStaticTOMLValue(parseTOML(text.replace(/^\uFEFF/, '')));

/** Every leaf by its path, so that two trees can be compared key by key; an empty table is a leaf too. */
const leaves = (value: unknown, path: readonly string[] = []): readonly (readonly [string, unknown])[] => {
  const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isTable ? Object.entries(value) : [];
  return entries.length === 0
    ? [[path.join(' / '), value]]
    : entries.flatMap(([key, inner]) => leaves(inner, [...path, key]));
};

const criNames = ['io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.runtime', 'io.containerd.cri.v1.images', 'cri'];
const plugin = String.raw`plugins / (io\.containerd\.grpc\.v1\.cri|io\.containerd\.cri\.v1\.(runtime|images)|cri)`;
const handler = `${plugin} / containerd / (runtimes / [^/]+|default_runtime|untrusted_workload_runtime)`;

/** What an edit may set, and to what: nothing else of a file may differ afterwards. */
const intended = (driver: 'systemd' | 'cgroupfs', image: string): readonly (readonly [RegExp, unknown])[] => [
  [/^version$/, expect.toBeOneOf([2, 3])],
  [/^disabled_plugins$/, expect.not.arrayContaining(criNames.map(name => expect.stringMatching(`^${name}$`)))],
  [new RegExp(`^${plugin} / (sandbox_image|pinned_images / sandbox)$`), image],
  [new RegExp(`^${handler} / options / [sS]ystemdCgroup$`), driver === 'systemd'],
  [new RegExp(`^${handler} / runtime_type$`), 'io.containerd.runc.v2'],
  [new RegExp(`^${plugin} / systemd_cgroup$`), false],
];

const named = `${plugin} / containerd / runtimes`;

/** What handlers of the inventory may set besides. */
const ofHandlers: readonly (readonly [RegExp, unknown])[] = [
  [new RegExp(`^${plugin} / containerd / default_runtime_name$`), 'crun'],
  [new RegExp(`^${named} / crun / options / BinaryName$`), '/usr/bin/crun'],
  [new RegExp(`^${named} / runsc / runtime_type$`), 'io.containerd.runsc.v1'],
  [new RegExp(`^${named} / runsc / options / TypeUrl$`), 'io.containerd.runsc.v1.options'],
  [new RegExp(`^${named} / runsc / options / ConfigPath$`), '/etc/containerd/runsc.toml'],
];

const handlers = { handlers: ['runc', 'crun', 'runsc'], defaultHandler: 'crun' } as const;
const shims = ['/usr/local/bin/runsc', '/usr/local/bin/containerd-shim-runsc-v1'];
const ociRuntimes = known(someOciRuntimes(['/usr/bin/crun', ...shims]));

const desires = [
  ['systemd', 'registry.k8s.io/pause:3.10.1', {}],
  ['systemd', 'mirror.example.com:5000/päuse/"odd":3.9', {}],
  ['cgroupfs', 'registry.k8s.io/pause:3.10.1', {}],
  ['systemd', 'registry.k8s.io/pause:3.10.1', handlers],
  ['cgroupfs', 'registry.k8s.io/pause:3.10.1', handlers],
] as const;

const rows = cases.flatMap(entry =>
  entry.versions.flatMap(version =>
    desires.map(
      ([driver, image, more]) =>
        [entry.folder, version, driver, image, 'handlers' in more ? 'with handlers' : '', entry, more] as const,
    ),
  ),
);

const tablesFor = (desired: DesiredNode) =>
  planHandlers(
    'containerd',
    { ...bareFacts, candidates: known({}), joined: false, ociRuntimes },
    desired.runtime,
    debian,
  ).tables;

test('the corpus is whole', () => {
  expect(readdirSync(fixtures).filter(name => name !== 'origin.md')).toEqual(
    cases.map(({ folder }) => folder).toSorted(),
  );
  expect(cases.length).toBeGreaterThanOrEqual(25);
});

test.each(rows)('%s on %s, %s, %s %s: the edited files are the intended merge', (...row) => {
  const [, version, driver, image, , entry, more] = row;
  const read = readConfigSet(containerdOf(entry, version), version);
  if (!read.ok) throw new Error(JSON.stringify(read.refusals));
  const desired = desiredNode({ runtime: { ...entry.runtime, ...more, cgroupDriver: driver, sandboxImage: image } });
  const { changes, refusals } = planConfig(read.set, desired, false, [], tablesFor(desired));
  const barred = 'handlers' in more ? barredBy(entry.folder, version) : undefined;
  expect(refusals).toEqual(
    barred === undefined ? [] : [expect.objectContaining({ message: expect.stringMatching(barred) })],
  );
  const cni = entry.runtime?.cniBinDir;
  const rules = [
    ...('handlers' in more ? ofHandlers : []),
    ...intended(driver, image),
    ...(cni === undefined
      ? []
      : [[new RegExp(`^${plugin} / cni / bin_dirs?$`), expect.toBeOneOf([cni, [cni]])] as const]),
  ];
  for (const { file, text } of read.set.files) {
    const change = changes.find(({ path }) => path === file.path);
    if (change?.after.state !== 'file') continue;
    const before = new Map(leaves(treeOf(text)));
    const after = new Map(leaves(treeOf(change.after.text)));
    for (const [path, value] of after) {
      if (before.has(path) && JSON.stringify(before.get(path)) === JSON.stringify(value)) continue;
      const rule = rules.find(([pattern]) => pattern.test(path));
      expect(rule, `${file.path}: ${path} is none of what is to change`).toBeDefined();
      expect(value, path).toEqual(rule?.[1]);
    }
    const lost = [...before].filter(([path, value]) => !after.has(path) && !isEmptyTable(value));
    expect(lost, file.path).toEqual([]);
    expect(foreignItems(after.get('disabled_plugins'))).toEqual(foreignItems(before.get('disabled_plugins')));
    expect(commentsOf(change.after.text)).toEqual(expect.arrayContaining([...keptComments(text)]));
  }
});

/** Where nodeprep would have to guess. */
const barredBy = (folder: string, version: string): RegExp | undefined =>
  folder === 'old-default-runtime' && version.startsWith('1.') ? /the table default_runtime, .* beats/ : undefined;

/** A table gives way to its first key. */
const isEmptyTable = (value: unknown): boolean => JSON.stringify(value) === '{}';

const foreignItems = (list: unknown): readonly unknown[] =>
  Array.isArray(list) ? list.filter(item => !criNames.includes(String(item))) : [];

const commentsOf = (text: string): readonly string[] => parseTOML(text).comments.map(({ value }) => value);

/** All but those on the line of a list item that is taken out. */
const keptComments = (text: string): readonly string[] => {
  const lines = text.split('\n');
  return parseTOML(text)
    .comments.filter(
      ({ loc }) =>
        !criNames.some(name => (lines[loc.start.line - 1] ?? '').split('#')[0]?.includes(`${name}"`) ?? false),
    )
    .map(({ value }) => value);
};
