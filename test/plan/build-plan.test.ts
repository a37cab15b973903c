import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unknown } from '../../src/core/observed.ts';
import { phases } from '../../src/core/result.ts';
import type { FactValues } from '../../src/facts/index.ts';
import type { RunRecord } from '../../src/facts/runs.ts';
import { buildHostPlan, type PlanOptions, planFacts } from '../../src/plan/build-plan.ts';
import { desiredNode } from '../desired.ts';
import { aFile } from '../host-file.ts';
import { aService, bareFacts, noContainerd, observed, type PlanFacts } from './facts.ts';
import { afterChanges } from './simulate.ts';

const options: PlanOptions = { withoutDrain: false, allowIrreversible: false, mask: text => text };
const plan = (facts: Partial<FactValues>, desired = desiredNode(), extra: Partial<PlanOptions> = {}) =>
  buildHostPlan(observed(facts), desired, { ...options, ...extra });
const ids = (facts: Partial<PlanFacts>, desired = desiredNode()) => plan(facts, desired).changes.map(({ id }) => id);
const codes = (facts: Partial<FactValues>, desired = desiredNode(), extra: Partial<PlanOptions> = {}) =>
  plan(facts, desired, extra).refusals.map(({ code }) => code);

const joined = { joined: true, evidence: '/etc/kubernetes/kubelet.conf', foreign: undefined, kubeletVersion: '1.34.1' };

describe('a bare host', () => {
  test('first round: kernel settings and the package; what follows is announced', () => {
    const { changes, later, refusals } = plan({});
    expect(refusals).toEqual([]);
    expect(changes.map(({ id }) => id)).toEqual([
      'file:/etc/modules-load.d/nodeprep.conf',
      'module:overlay',
      'module:br_netfilter',
      'sysctl:net.ipv4.ip_forward',
      'sysctl:net.bridge.bridge-nf-call-iptables',
      'sysctl:net.bridge.bridge-nf-call-ip6tables',
      'file:/etc/sysctl.d/99-zz-nodeprep.conf',
      'package:containerd',
    ]);
    expect(later.map(({ setting }) => setting)).toEqual([
      'SystemdCgroup = true',
      'sandbox image = registry.k8s.io/pause:3.10.1',
      'CRI plugin enabled',
      'enabled, running with these settings',
    ]);
  });

  test('second round: the packaged configuration and one restart, within what was announced; third: nothing', () => {
    const first = plan({});
    const installed = afterChanges(bareFacts, first.changes);
    const second = plan(installed, desiredNode(), { agreed: first.later });
    expect(second.refusals).toEqual([]);
    expect(second.changes.map(({ id }) => id)).toEqual([
      'file:/etc/containerd/config.toml',
      'service:containerd.service',
    ]);
    expect(second.changes[0]).toMatchObject({ phase: 'switch', disruption: 'restart', needsNoSandboxes: true });
    expect(second.changes[0]?.diff).toContain('+            SystemdCgroup = true');
    expect(plan(afterChanges(installed, second.changes))).toMatchObject({ changes: [], later: [], refusals: [] });
  });

  test('killed between file and restart: exactly the restart is left', () => {
    const installed = afterChanges(bareFacts, plan({}).changes);
    const second = plan(installed);
    const killed = afterChanges(
      installed,
      second.changes.filter(({ kind }) => kind === 'file'),
    );
    expect(plan(killed).changes).toMatchObject([
      { id: 'service:containerd.service', action: 'restart', disruption: 'restart' },
    ]);
  });
});

describe('an earlier run that was interrupted', () => {
  const broken = { ...bareFacts.packages, broken: ['dpkg (interrupted)'] };
  const runs = (state: RunRecord['state']) => ({
    runs: [{ runId: 'r1', state, holder: 'ops@ci', startedAtSeconds: 1, changes: 1 }],
    lock: undefined,
  });

  test('bars nothing by what it left half done: it is settled first, and the host planned again', () => {
    expect(codes({ packages: broken, runs: runs('unfinished') })).toEqual([]);
    expect(codes({ packages: broken, runs: runs('reverted') })).toEqual(['plan-refused']);
  });

  test('admits nothing that the host itself bars', () => {
    const foreign = { ...joined, foreign: { name: 'k3s', evidence: 'k3s.service' } };
    expect(codes({ clusterState: foreign, runs: runs('unfinished') })).toEqual(['foreign-distribution']);
  });
});

describe('idempotence', () => {
  const sysctlSettings = fc.subarray([
    { key: 'net.ipv4.ip_forward', value: '0', path: '/etc/sysctl.d/99-hardening.conf', line: 1 },
    { key: 'net.ipv4.conf.all.forwarding', value: '0', path: '/etc/sysctl.d/99-sysctl.conf', line: 2 },
    { key: 'net.bridge.bridge-nf-call-iptables', value: '1', path: '/etc/sysctl.d/k8s.conf', line: 1 },
  ]);
  const swaps = fc.record({
    active: fc.subarray([{ device: '/dev/sda2', type: 'partition', sizeKib: 1000, usedKib: 10 }]),
    fstab: fc.constantFrom('', '/dev/sda2 none swap sw 0 0\n', '# a\n/dev/sda1 / ext4 x 0 1\n/swap none swap sw 0 0'),
    units: fc.subarray(['dev-sda3.swap']),
    zram: fc.constantFrom(undefined, '/usr/lib/systemd/zram-generator.conf'),
  });

  test('a plan that was carried out, round after round, leaves nothing to plan', () => {
    fc.assert(
      fc.property(
        sysctlSettings,
        swaps,
        fc.subarray(['overlay', 'br_netfilter']),
        fc.constantFrom('1.6.20', '1.7.24', '2.1.9'),
        fc.constantFrom('systemd' as const, 'cgroupfs' as const),
        fc.constantFrom(undefined, '/opt/cni/bin'),
        (settings, swap, loaded, daemon, cgroupDriver, cniBinDir) => {
          const text = swap.fstab;
          let facts: PlanFacts = {
            ...bareFacts,
            modules: { ...bareFacts.modules, loaded },
            sysctlFiles: { ...bareFacts.sysctlFiles, settings },
            swap: {
              active: swap.active,
              units: swap.units,
              fstab: text
                .split('\n')
                .flatMap((line, index) => (line.includes(' swap ') ? [{ line: index + 1, text: line }] : [])),
              fstabFile: aFile('/etc/fstab', text),
              zramConfig: swap.zram,
              ...(swap.zram === undefined ? {} : { zramFile: aFile('/etc/systemd/zram-generator.conf', undefined) }),
            },
          };
          const desired = desiredNode({ runtime: { cgroupDriver, cniBinDir } });
          for (const round of [1, 2]) {
            const { changes, refusals } = plan(facts, desired);
            expect(refusals).toEqual([]);
            expect(changes.length, `round ${round}`).toBeGreaterThan(0);
            expect(new Set(changes.map(({ id }) => id)).size).toBe(changes.length);
            const order = changes.map(({ phase }) => phases.indexOf(phase));
            expect(order).toEqual(order.toSorted());
            facts = afterChanges(facts, changes, daemon);
          }
          expect(plan(facts, desired)).toMatchObject({ changes: [], later: [], refusals: [] });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('the same facts give the same plan', () => {
    expect(plan({})).toEqual(plan({}));
  });
});

describe('refusals', () => {
  const ready = () => afterChanges(bareFacts, plan({}).changes);

  test.each<[string, Partial<PlanFacts>, readonly string[]]>([
    [
      'k3s',
      { clusterState: { ...joined, joined: false, foreign: { name: 'k3s', evidence: '/usr/local/bin/k3s' } } },
      ['foreign-distribution'],
    ],
    [
      'an unknown distribution',
      { osRelease: { ...bareFacts.osRelease, id: 'gentoo', idLike: ['x'] } },
      ['os-unsupported'],
    ],
    [
      'no root, for want of a password',
      { access: { user: 'ops', uid: 1, root: false, reason: 'sudo asks for a password' } },
      ['sudo-password'],
    ],
    [
      'no root at all',
      { access: { user: 'ops', uid: 1, root: false, reason: 'sudo does not allow it' } },
      ['sudo-refused'],
    ],
    [
      'a system that is changed as a whole',
      {
        container: { ...bareFacts.container, readOnlySystem: true },
        osRelease: { ...bareFacts.osRelease, id: 'opensuse-microos', idLike: ['suse', 'opensuse'] },
      },
      ['os-unsupported'],
    ],
    ['no systemd', { initSystem: { ...bareFacts.initSystem, systemd: false } }, ['plan-refused']],
  ])('%s', (_, facts, expected) => {
    expect(codes(facts)).toEqual(expected);
    expect(ids(facts)).toEqual([]);
  });

  test('an unknown distribution is named with its ID and ID_LIKE', () => {
    const { refusals } = plan({
      osRelease: { ...bareFacts.osRelease, id: 'gentoo', idLike: ['funtoo'], prettyName: 'Gentoo' },
    });
    expect(refusals[0]?.message).toContain('ID=gentoo, ID_LIKE=funtoo');
  });

  test('a read-only system is told what changes it; on Debian a hook may make it writable', () => {
    const container = { ...bareFacts.container, readOnlySystem: true };
    const { refusals } = plan({ container, osRelease: { ...bareFacts.osRelease, id: 'sle-micro', idLike: ['suse'] } });
    expect(refusals[0]?.message).toContain('by transactional-update');
    expect(codes({ container })).toEqual([]);
  });

  test('what is like Debian is planned as Debian', () => {
    expect(codes({ osRelease: { ...bareFacts.osRelease, id: 'raspbian', idLike: ['debian'] } })).toEqual([]);
  });

  test.each(['mirantis'] as const)('runtime %s comes later', name => {
    const { refusals } = plan({}, desiredNode({ runtime: { name } }));
    expect(refusals).toMatchObject([
      { code: 'plan-refused', message: expect.stringContaining('comes with a later version') },
    ]);
  });

  test('source upstream: first its repository, then its package, then the configuration that it brings', () => {
    const desired = desiredNode({ runtime: { source: 'upstream', version: '1.7' } });
    const { changes, later, refusals } = plan({}, desired);
    expect(refusals).toEqual([]);
    expect(changes.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['repository-key', 'file', 'package-lists']),
    );
    expect(changes.some(({ kind }) => kind === 'package')).toBe(false);
    expect(later.map(({ target, setting }) => `${target}: ${setting}`)).toEqual(
      expect.arrayContaining([
        'containerd.io: 1.7, version resolved at apply',
        '/etc/containerd/config.toml: CRI plugin enabled',
        '/etc/containerd/config.toml: version = 2',
      ]),
    );
  });

  test('source upstream beside a containerd without a package: that one stays, and no package source is added', () => {
    const containerd = { ...noContainerd, binary: '/usr/local/bin/containerd', version: '2.2.0' };
    const services = { 'containerd.service': aService() };
    const { changes, refusals } = plan({ containerd, services }, desiredNode({ runtime: { source: 'upstream' } }));
    expect(refusals).toEqual([]);
    expect(changes.some(({ kind }) => kind === 'repository-key' || kind === 'package')).toBe(false);
    expect(changes.map(({ target }) => target)).toContain('/etc/containerd/config.toml');
  });

  const beside = (installed: Readonly<Record<string, string>>, needs: FactValues['packageNeeds'] = []) => ({
    packages: { ...bareFacts.packages, installed },
    packageNeeds: needs,
    runtimeContents: { tasks: [], data: [] },
  });
  const fromUpstream = desiredNode({ runtime: { source: 'upstream' } });

  test.each([
    [{ containerd: '1.7.24~ds1-6', runc: '1.1.15' }, /^containerd 1\.7\.24~ds1-6, runc 1\.1\.15 is on this host/],
    [{ runc: '1.1.15' }, /^runc 1\.1\.15 is on this host/],
  ])(
    'source upstream beside packages of the distribution, which go for it by consent alone: %o',
    (installed, words) => {
      const { refusals, migration } = plan(beside(installed), fromUpstream);
      expect(refusals).toMatchObject([
        {
          code: 'migration',
          message: expect.stringMatching(words),
          hint: expect.stringContaining('--allow-migration'),
        },
      ]);
      expect(migration?.asked).toBe('containerd.io (runtime.source: upstream)');
      const allowed = plan(beside(installed), fromUpstream, { allowMigration: true });
      expect(allowed.refusals).toEqual([]);
      expect(allowed.later.map(({ target }) => target)).toContain('containerd.io');
    },
  );

  test('source upstream beside packages that something else needs', () => {
    const needs = [{ needed: 'containerd', by: 'docker.io', depends: 'containerd (>= 1.4)' }];
    const { refusals } = plan(beside({ containerd: '1.7.24', 'docker.io': '26.1.5' }, needs), fromUpstream, {
      allowMigration: true,
    });
    expect(refusals).toMatchObject([
      { code: 'plan-refused', message: expect.stringContaining('docker.io needs containerd (>= 1.4)') },
    ]);
  });

  test('a fact that is unknown is named with its reason, and nothing is planned on it', () => {
    const facts = { ...observed(), swap: unknown('needs root: /etc/fstab') };
    const { refusals, changes } = buildHostPlan(facts, desiredNode(), options);
    expect(refusals).toMatchObject([
      {
        code: 'plan-refused',
        message: expect.stringMatching(/swap.*needs root/),
        hint: expect.stringContaining('sudo'),
      },
    ]);
    expect(changes.some(({ kind }) => kind === 'swap')).toBe(false);
  });

  test('a joined node: no restart, with --without-drain a restart, never another cgroup driver', () => {
    const facts = { ...ready(), clusterState: joined };
    expect(codes(facts)).toEqual(['joined-node']);
    expect(codes(facts, desiredNode(), { withoutDrain: true })).toEqual(['joined-node']);
    const settled = afterChanges(facts, plan(ready()).changes);
    const image = desiredNode({ runtime: { sandboxImage: 'registry.k8s.io/pause:3.11' } });
    expect(codes(settled)).toEqual([]);
    expect(codes(settled, image)).toEqual(['joined-node']);
    expect(codes(settled, image, { withoutDrain: true })).toEqual([]);
    expect(codes(settled, desiredNode({ runtime: { cgroupDriver: 'cgroupfs' } }), { withoutDrain: true })).toEqual([
      'joined-node',
    ]);
  });

  test('an upgrade on a joined node restarts it; with a driver that is not as desired it takes an empty node', () => {
    const facts = { ...ready(), clusterState: joined };
    const settled = afterChanges(facts, plan(ready()).changes);
    const newer = desiredNode({ runtime: { version: '2.1' } });
    const candidates = { containerd: { candidate: '2.1.9', versions: ['2.1.9', '1.7.24~ds1-6+deb13u1'], kept: [] } };
    const worst = (found: PlanFacts) => {
      const { changes, later } = plan({ ...found, candidates }, newer);
      expect(changes).toMatchObject([{ kind: 'package', disruption: 'restart', reversible: true }]);
      return [...new Set(later.map(({ disruption }) => disruption))].toSorted();
    };
    expect(worst(settled)).toEqual(['restart']);
    expect(worst(facts)).toEqual(['drain', 'restart']);
    expect(codes({ ...settled, candidates }, newer, { withoutDrain: true })).toEqual([]);
  });

  test('a joined node that a rollout empties may be disturbed; one that may be joined is not', () => {
    const facts = { ...ready(), clusterState: joined };
    expect(codes(facts, desiredNode(), { rollout: true })).toEqual([]);
    expect(codes({ clusterState: joined }, desiredNode(), { rollout: true })).toEqual([]);
    const unsure = { ...observed(ready()), clusterState: unknown('needs root: /etc/kubernetes') };
    const { refusals } = buildHostPlan(unsure, desiredNode(), { ...options, rollout: true });
    expect(refusals.map(({ message }) => message).join()).toMatch(/needs root: \/etc\/kubernetes/);
  });

  test('a runtime that would come to a joined node replaces another', () => {
    expect(codes({ clusterState: joined }, desiredNode(), { withoutDrain: true })).toEqual(['joined-node']);
  });

  test('kernel settings of a joined node disturb nobody', () => {
    const settled = afterChanges(afterChanges(bareFacts, plan({}).changes), plan(ready()).changes);
    expect(
      codes({ ...settled, clusterState: joined, sysctl: { ...settled.sysctl, 'net.ipv4.ip_forward': '0' } }),
    ).toEqual([]);
  });

  test('an upgrade whose old package is gone needs --allow-irreversible', () => {
    const facts: Partial<PlanFacts> = {
      ...ready(),
      packages: { ...bareFacts.packages, installed: { containerd: '1.6.20~ds1-1' } },
    };
    const desired = desiredNode({ runtime: { version: '1.7' } });
    expect(codes(facts, desired)).toEqual(['plan-refused']);
    expect(codes(facts, desired, { allowIrreversible: true })).toEqual([]);
  });

  test('a round that goes beyond what was agreed', () => {
    const installed = ready();
    const agreed = plan({}).later;
    const moved = { ...installed, sysctl: { ...installed.sysctl, 'net.ipv4.ip_forward': '0' } };
    expect(codes(moved, desiredNode(), { agreed })).toEqual(['plan-stale']);
    const other = desiredNode({ runtime: { sandboxImage: 'registry.k8s.io/pause:9' } });
    expect(codes(installed, other, { agreed })).toEqual(['plan-stale']);
  });
});

describe('a containerd that no package brought', () => {
  const archive: PlanFacts = {
    ...bareFacts,
    containerd: { ...bareFacts.containerd, binary: '/usr/local/bin/containerd', version: '2.2.0' },
    services: {
      'containerd.service': aService({ fragmentPath: '/usr/local/lib/systemd/system/containerd.service' }),
    },
  };

  test('is configured and restarted like any other, and nothing is installed', () => {
    const { changes, later, refusals } = plan(archive);
    expect(refusals).toEqual([]);
    expect(later).toEqual([]);
    expect(changes.map(({ id }) => id).filter(id => /containerd|package|hold/.test(id))).toEqual([
      'file:/etc/containerd/config.toml',
      'service:containerd.service',
    ]);
    const settled = afterChanges(archive, changes, '2.2.0');
    expect(plan(settled)).toMatchObject({ changes: [], later: [], refusals: [] });
  });

  test('needs a unit that systemd can start', () => {
    const services = { 'containerd.service': aService({ loadState: 'not-found' }) };
    expect(plan({ ...archive, services }).refusals).toMatchObject([
      { code: 'plan-refused', message: expect.stringContaining('containerd.service') },
    ]);
  });

  test('another version is refused with both named', () => {
    const { changes, refusals } = plan(archive, desiredNode({ runtime: { version: '2.1' } }));
    expect(changes.some(({ target }) => target.includes('containerd'))).toBe(false);
    expect(refusals).toMatchObject([
      { code: 'plan-refused', message: expect.stringMatching(/2\.2\.0.* asks for 2\.1/) },
    ]);
  });
});

test('the plan names every fact that it looks at', () => {
  expect(planFacts).toEqual(expect.arrayContaining(['access', 'cri', 'candidates', 'swap', 'osRelease', 'initSystem']));
});

test('secrets are masked in diffs, on both sides', () => {
  const config = aFile('/etc/containerd/config.toml', 'version = 2\n[x]\npassword = "hunter2"\n');
  const installed = afterChanges(bareFacts, plan({}).changes);
  const facts = { ...installed, containerd: { ...installed.containerd, config } };
  const { changes } = plan(facts, desiredNode(), { mask: text => text.replaceAll('hunter2', 'masked') });
  const [change] = changes;
  expect(change?.diff).toContain('password = "masked"');
  expect(change?.diff).not.toContain('hunter2');
});

test('services that are stopped or off are started and enabled without a restart', () => {
  const installed = afterChanges(bareFacts, plan({}).changes);
  const settled = afterChanges(installed, plan(installed).changes);
  const stopped = {
    'containerd.service': aService({ activeState: 'inactive', unitFileState: 'masked', startedAtSeconds: null }),
  };
  expect(plan({ ...settled, services: stopped }).changes).toMatchObject([
    {
      id: 'service:containerd.service',
      enabled: true,
      masked: false,
      active: true,
      disruption: 'none',
      summary: 'unmasked, enabled, started',
    },
  ]);
});
