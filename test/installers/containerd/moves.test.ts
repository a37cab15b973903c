import { describe, expect, test } from 'vitest';
import type { DesiredArchive, DesiredRuntime } from '../../../src/core/desired.ts';
import type { Containerd } from '../../../src/facts/containerd.ts';
import type { FactValues } from '../../../src/facts/index.ts';
import { containerdArchive } from '../../../src/installers/containerd/archive.ts';
import { containerd as containerdPackages } from '../../../src/installers/containerd/installer.ts';
import { unitText } from '../../../src/installers/containerd/unit.ts';
import type { InstallerPlan } from '../../../src/installers/installer.ts';
import { debian } from '../../../src/os/debian.ts';
import { beyondAgreed } from '../../../src/plan/agreed.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { aService, bareFacts, noContainerd, observed } from '../../plan/facts.ts';

const config = '/etc/containerd/config.toml';
const imported = '/etc/containerd/conf.d/site.toml';
const hub = '/etc/containerd/certs.d/docker.io/hosts.toml';
const unitPath = '/usr/local/lib/systemd/system/containerd.service';

/** Somebody's file for 1.7, with registries as 2.x has them no more. */
const theirs = `# Of ours
version = 2
imports = ["conf.d/*.toml"]
[plugins."io.containerd.grpc.v1.cri"]
  max_concurrent_downloads = 7 # a slow line
  sandbox_image = "registry.k8s.io/pause:3.10.1"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true
  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
    endpoint = ["https://mirror.example.com"]
`;
const metrics = 'version = 2\n[metrics]\naddress = "127.0.0.1:1338"\n';

const daemon = (version: string, more: Partial<Containerd> = {}): Containerd => ({
  ...noContainerd,
  binary: '/usr/local/bin/containerd',
  version,
  config: aFile(config, theirs),
  imports: [aFile(imported, metrics)],
  unitFile: aFile(unitPath, unitText),
  missingDirectories: [],
  ...more,
});
/** The program is another by now, and the daemon that runs is what it was. */
const stillRuns = (running: string): Partial<Containerd> => ({
  replacedPids: [498],
  replacedVersions: { 498: running },
});
const services = { 'containerd.service': aService({ fragmentPath: unitPath, mainPid: 498 }) };
const settingsOf = ({ changes }: InstallerPlan, path: string) =>
  changes.flatMap(change => (change.kind === 'file' && change.path === path ? (change.settings ?? []) : []));
const textOf = ({ changes }: InstallerPlan, path: string): string | undefined =>
  changes.flatMap(change =>
    change.kind === 'file' && change.path === path && change.after.state === 'file' ? [change.after.text] : [],
  )[0];

describe('from 1.x to 2.x by an archive, where the inventory names no version', () => {
  const from = (name: string, letter: string): DesiredArchive => ({
    source: { from: 'url', url: `https://mirror.example.com/${name}` },
    sha256: letter.repeat(64),
  });
  const installed = (letter: string) => ({ sha256: letter.repeat(64), files: [], changed: [] });
  const plan = (containerd: Containerd, archive: string, there = 'b', runtime: Partial<DesiredRuntime> = {}) =>
    containerdArchive.plan(
      observed({ containerd, services, archives: { containerd: installed(there), runc: installed('c') } }),
      desiredNode({
        runtime: {
          source: 'archive',
          archives: { containerd: from(archive, 'b'), runc: from('runc', 'c') },
          ...runtime,
        },
      }),
      debian,
    );
  const settings = (planned: InstallerPlan): readonly string[] => planned.later.map(({ setting }) => setting);

  test.each([
    ['named by its version', 'containerd-2.2.0-linux-amd64.tar.gz', true],
    ['the static one', 'containerd-static-2.2.0-linux-amd64.tar.gz', true],
    ['named otherwise, it may be 2.x', 'containerd.tgz', true],
    ['of 1.7', 'containerd-1.7.28-linux-amd64.tar.gz', false],
  ])('the first plan announces the schema of 2.x: %s', (_, archive, announces) => {
    const planned = plan(daemon('1.7.24'), archive, 'a');
    expect(planned.refusals).toEqual([]);
    expect(settings(planned).includes('version = 3')).toBe(announces);
    expect(planned.later.some(({ target }) => target === hub)).toBe(announces);
  });

  test('the next round writes it, with the registries, within what was announced; then nothing is left', () => {
    const first = plan(daemon('1.7.24'), 'containerd.tgz', 'a');
    const second = plan(daemon('2.2.0', stillRuns('1.7.24')), 'containerd.tgz');
    expect(second.refusals).toEqual([]);
    expect(settingsOf(second, config)).toContain('version = 3');
    expect(settingsOf(second, imported)).toEqual(['version = 3']);
    expect(textOf(second, config)).toContain('max_concurrent_downloads = 7 # a slow line');
    expect(textOf(second, config)).not.toContain('mirrors');
    expect(textOf(second, hub)).toContain('https://mirror.example.com');
    expect(beyondAgreed(second.changes, second.later, first.later)).toEqual([]);
    const settled = daemon('2.2.0', {
      config: aFile(config, textOf(second, config)),
      imports: [aFile(imported, textOf(second, imported))],
    });
    expect(settingsOf(plan(settled, 'containerd.tgz'), config)).toEqual([]);
  });

  test('2.2 that serves no CRI by registries of schema 2 gets them where it reads them', () => {
    const cri = (reason: string) => ({ '/run/containerd/containerd.sock': { answered: false, reason } }) as const;
    const planned = (reason: string) =>
      containerdPackages.plan(
        observed({
          containerd: daemon('2.2.0', { binary: '/usr/bin/containerd' }),
          packages: { ...bareFacts.packages, installed: { containerd: '2.2.0-1' }, held: ['containerd'] },
          cri: cri(reason),
          services,
        }),
        desiredNode(),
        debian,
      );
    expect(settingsOf(planned('it does not serve CRI'), config)).toContain('version = 3');
    expect(settingsOf(planned('timeout'), config)).not.toContain('version = 3');
  });

  test.each([
    ['2.2 where nothing moves reads it as it is', daemon('2.2.0')],
    ['2.2 after 2.1', daemon('2.2.0', stillRuns('2.1.9'))],
    ['1.7 after 1.6', daemon('1.7.28', stillRuns('1.6.20'))],
    [
      'another containerd of the host is old',
      daemon('2.2.0', { replacedPids: [9], replacedVersions: { 9: '1.7.24' } }),
    ],
  ])('%s', (_, containerd) => {
    expect(settingsOf(plan(containerd, 'containerd.tgz'), config)).not.toContain('version = 3');
  });

  test('a version in the inventory says it alone', () => {
    const planned = plan(daemon('1.7.24'), 'containerd.tgz', 'a', { version: '1.7' });
    expect(settings(planned)).not.toContain('version = 3');
  });
});

describe('from 1.x to 2.x by a package, where the inventory names no version', () => {
  const plan = (candidate: string, facts: Partial<FactValues> = {}) =>
    containerdPackages.plan(
      observed({
        containerd: daemon('1.7.24', { binary: '/usr/bin/containerd' }),
        packages: { ...bareFacts.packages, installed: { 'containerd.io': '1.7.24-1' } },
        packageNeeds: [],
        runtimeContents: { tasks: [], data: [] },
        candidates: { containerd: { candidate, versions: [candidate], kept: [] } },
        services,
        ...facts,
      }),
      desiredNode(),
      debian,
    );

  test.each([
    ['2.1.9~ds1-1', true],
    ['1.7.24~ds1-6', false],
  ])('%s of the distribution in place of containerd.io', (candidate, announces) => {
    const planned = plan(candidate);
    expect(planned.refusals).toEqual([]);
    expect(planned.changes).toMatchObject([{ kind: 'package', removes: ['containerd.io'] }]);
    expect(planned.later.some(({ setting }) => setting === 'version = 3')).toBe(announces);
  });

  test('the next round writes it', () => {
    const first = plan('2.1.9~ds1-1');
    const second = plan('2.1.9~ds1-1', {
      containerd: daemon('2.1.9', { binary: '/usr/bin/containerd', ...stillRuns('1.7.24') }),
      packages: { ...bareFacts.packages, installed: { containerd: '2.1.9~ds1-1' }, held: ['containerd'] },
    });
    expect(settingsOf(second, config)).toContain('version = 3');
    expect(beyondAgreed(second.changes, second.later, first.later)).toEqual([]);
  });
});
