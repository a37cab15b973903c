import { describe, expect, test } from 'vitest';
import type { Change } from '../../../src/changes/change.ts';
import type { DesiredArchive, DesiredRuntime } from '../../../src/core/desired.ts';
import type { Archives } from '../../../src/facts/archives.ts';
import type { Containerd } from '../../../src/facts/containerd.ts';
import type { FactValues } from '../../../src/facts/index.ts';
import { containerdArchive } from '../../../src/installers/containerd/archive.ts';
import { unitText } from '../../../src/installers/containerd/unit.ts';
import { debian } from '../../../src/os/debian.ts';
import { desiredNode } from '../../desired.ts';
import { aFile } from '../../host-file.ts';
import { aService, noContainerd, now, observed } from '../../plan/facts.ts';

const unitPath = '/usr/local/lib/systemd/system/containerd.service';
const sum = (letter: string): string => letter.repeat(64);
const from = (name: string, letter: string): DesiredArchive => ({
  source: { from: 'url', url: `https://mirror.example.com/${name}` },
  sha256: sum(letter),
});
const archives = { containerd: from('containerd.tgz', 'a'), runc: from('runc', 'b') };

const plan = (facts: Partial<FactValues>, runtime: Partial<DesiredRuntime> = {}) =>
  containerdArchive.plan(
    observed(facts),
    desiredNode({ runtime: { source: 'archive', archives, ...runtime } }),
    debian,
  );

const bare: Partial<FactValues> = {
  containerd: {
    ...noContainerd,
    unitFile: aFile(unitPath, undefined),
    missingDirectories: ['/etc/cni/net.d', '/opt/containerd/bin'],
  },
};

/** Debian's defaults of 2.2, as far as a plan looks at them. */
const dump = `version = 3
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "registry.k8s.io/pause:3.10.1"
[plugins."io.containerd.cri.v1.runtime".containerd]
default_runtime_name = "runc"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
SystemdCgroup = true
`;

const installed: Containerd = {
  ...noContainerd,
  binary: '/usr/local/bin/containerd',
  version: '2.2.0',
  config: aFile('/etc/containerd/config.toml', dump, now - 3_600),
  dump,
  unitFile: aFile(unitPath, unitText),
  missingDirectories: [],
};
const record = (letter: string, path: string, changed: readonly string[] = []) => ({
  sha256: sum(letter),
  files: [path],
  changed,
});
const records: Archives = {
  containerd: record('a', '/usr/local/bin/containerd'),
  runc: record('b', '/usr/local/sbin/runc'),
};
const running: Partial<FactValues> = {
  archives: records,
  containerd: installed,
  services: { 'containerd.service': aService({ fragmentPath: unitPath }) },
};
const shown = ({ changes }: { readonly changes: readonly Change[] }) =>
  changes.map(({ id, phase, disruption }) => `${id} ${phase} ${disruption}`);

describe('containerd from archives', () => {
  test('is put on a bare host, with a unit and with what it would make by itself; its settings come later', () => {
    const { changes, later, refusals } = plan(bare);
    expect(refusals).toEqual([]);
    expect(shown({ changes })).toEqual([
      'directory:/etc/cni/net.d stage none',
      'directory:/opt/containerd/bin stage none',
      'archive:runc stage none',
      'archive:containerd stage none',
      `file:${unitPath} stage none`,
    ]);
    expect(changes[2]).toMatchObject({
      before: null,
      summary: `from https://mirror.example.com/runc, sha256 ${'b'.repeat(12)}…`,
      entries: [{ member: '.', path: '/usr/local/sbin/runc', mode: '0755' }],
    });
    expect(later.map(({ setting }) => setting)).toContain('SystemdCgroup = true');
  });

  test('is as desired once it is there and configured', () => {
    expect(plan(running)).toMatchObject({ changes: [], later: [], refusals: [] });
  });

  test('gives way to another archive in a restart, with nothing else in that round', () => {
    const planned = plan(running, { archives: { ...archives, containerd: from('other', 'd') } });
    expect(shown(planned)).toEqual(['archive:containerd switch restart']);
    expect(planned.changes[0]).toMatchObject({ before: { sha256: sum('a'), changed: [] } });
    expect(planned.later).toContainEqual(
      expect.objectContaining({ target: 'containerd.service', disruption: 'restart' }),
    );
  });

  test('another runc disturbs nobody, and a changed one is put back', () => {
    expect(shown(plan(running, { archives: { ...archives, runc: from('other', 'd') } }))).toEqual([
      'archive:runc switch none',
    ]);
    const changed = { ...records, runc: record('b', '/usr/local/sbin/runc', ['/usr/local/sbin/runc']) };
    const { changes } = plan({ ...running, archives: changed });
    expect(changes).toMatchObject([
      { id: 'archive:runc', summary: expect.stringContaining('changed since it was installed: /usr/local/sbin/runc') },
    ]);
  });

  test('replaces the runtime of a node that runs pods only when it is empty', () => {
    const joined = { joined: true, evidence: 'kubelet.conf', foreign: undefined, kubeletVersion: '1.34.0' };
    const { changes } = plan({ ...bare, clusterState: joined });
    expect(changes.find(({ id }) => id === 'archive:containerd')).toMatchObject({
      disruption: 'drain',
      needsNoSandboxes: true,
    });
  });

  test.each<readonly [string, Partial<FactValues>, Partial<DesiredRuntime>, RegExp]>([
    [
      'the package of the distribution is there',
      {
        packages: {
          manager: 'apt',
          installed: { containerd: '1.7.24-1' },
          held: [],
          broken: [],
          listsUpdatedSeconds: 0,
        },
      },
      {},
      /^package containerd 1\.7\.24-1 is installed, and the inventory asks for containerd from archives/,
    ],
    [
      'another containerd is there',
      { containerd: { ...installed, binary: '/opt/x/bin/containerd' } },
      {},
      /^\/opt\/x\/bin\/containerd is a containerd that no package brought/,
    ],
    ['runc is not named', bare, { archives: { containerd: archives.containerd } }, /names no runtime\.archives\.runc$/],
    ['the archive is another version', running, { version: '2.1' }, /the archive of containerd is version 2\.2\.0/],
  ])('is refused where %s', (_what, facts, runtime, message) => {
    const planned = plan(facts, runtime);
    expect(planned.changes).toEqual([]);
    expect(planned.refusals).toMatchObject([{ code: 'plan-refused', message: expect.stringMatching(message) }]);
  });

  test("somebody's own unit stays, wherever it is", () => {
    const own = aFile(unitPath, '[Service]\nExecStart=/usr/local/bin/containerd --log-level debug\n');
    const elsewhere = aService({ fragmentPath: '/etc/systemd/system/containerd.service' });
    const ids = (facts: Partial<FactValues>) => plan(facts).changes.map(({ id }) => id);
    expect(ids({ containerd: { ...noContainerd, unitFile: own } })).not.toContain(`file:${unitPath}`);
    expect(ids({ ...bare, services: { 'containerd.service': elsewhere } })).not.toContain(`file:${unitPath}`);
  });

  test('a unit of ours that is of another version is written anew, and read in a restart', () => {
    const old = aFile(unitPath, unitText.replace('RestartSec=5', 'RestartSec=9'));
    expect(shown(plan({ ...running, containerd: { ...installed, unitFile: old } }))).toEqual([
      `file:${unitPath} switch none`,
    ]);
    const unread = aService({ fragmentPath: unitPath, needDaemonReload: true });
    expect(shown(plan({ ...running, services: { 'containerd.service': unread } }))).toEqual([
      'service:containerd.service resume restart',
    ]);
  });
});
