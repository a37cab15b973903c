import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, installCrictl, type LabNode, requireLab } from '../lab/index.ts';
import { pauseImage } from '../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { crioProblem, type UpstreamRepository } from '../lab/upstream/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { crioFrom, leadToRegistry, offerCrio } from './support/crio-source.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { killDuringProof } from './support/killed-proof.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie')) ?? (await crioProblem());
const pause = (tag: string): string => `registry.k8s.io/pause:${tag}`;

const isMatrix = process.env.NODEPREP_MATRIX === '1';

/** Somebody's own: one is beaten by nodeprep's file, one sorts after it. */
const before = `# ours\n[crio.runtime]\ncgroup_manager = "systemd"\nlog_level = "warn"\n`;
const after = `# pinned by ops\n[crio.image]\npause_image = "${pause('3.9')}" # do not touch\nbig_files_temporary_dir = ""\n`;

describe.skipIf(reason)(`CRI-O${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let upstream: UpstreamRepository;
  let registry: LabRegistry;
  let bare: HostState;
  const inventory = (runtime: object = {}, verify = 'required'): string =>
    place.inventory(
      `host-${Object.values(runtime)
        .join('-')
        .replaceAll(/[^a-z0-9.]+/g, '-')}`,
      {
        host: at(node, {
          runtime: {
            name: 'cri-o',
            ...crioFrom(upstream),
            ...runtime,
          },
          verify: { sandbox: verify },
        }),
      },
    );
  const run = (command: string, file: string) =>
    place.json([command, file, ...(command === 'plan' ? ['--detailed-exitcode'] : ['--yes'])]);
  const crio = (what: string): Promise<string> => node.sh(`crio status config 2>/dev/null | grep ${what}`);

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie', cgroup: 'v1', packages: ['iptables', 'libyajl2', 'libglib2.0-0t64'] });
    upstream = await offerCrio(node);
    const image = pauseImage(['pause']);
    registry = await startRegistry({ images: { 'pause:3.10.1': image, 'pause:3.10': image } });
    await leadToRegistry(node, registry);
    await node.sh(
      `mkdir -p /etc/crio/crio.conf.d
      printf '%s' '${before}' >/etc/crio/crio.conf.d/50-site.conf
      printf '%s' '${after}' >/etc/crio/crio.conf.d/zz-site.conf`,
    );
    bare = await hostState(node);
  });
  afterAll(async () => {
    await node?.remove();
    await upstream?.close();
    await registry?.close();
    place?.remove();
  });

  it('does not plan on a file that does not parse', async () => {
    await node.sh('printf "[crio]\\nlog_dir = [\\n" >/etc/crio/crio.conf');
    const refused = await run('apply', inventory());
    expect(refused.code).toBe(5);
    expect(hostOf(refused, 'host').error?.message).toMatch(/\/etc\/crio\/crio\.conf:\d+:\d+: /);
    await node.sh('rm /etc/crio/crio.conf');
    expect(stateChanges(bare, await hostState(node))).toEqual([]);
  });

  it('is installed, configured, started and proved by a sandbox; a second plan is empty', async () => {
    const applied = await run('apply', inventory({ cgroupDriver: 'cgroupfs' }));
    expect(hostOf(applied, 'host').error).toBeUndefined();
    expect(applied.code).toBe(0);
    expect(hostOf(applied, 'host').runtime).toMatchObject({
      ...{ name: 'cri-o', version: '1.36.1', cgroupDriver: 'cgroupfs', cgroupDriverFrom: 'RuntimeConfig' },
      ...{ sandboxImage: pause('3.10.1'), sandbox: 'ran' },
    });
    expect((await run('plan', inventory({ cgroupDriver: 'cgroupfs' }))).code).toBe(0);
    expect(await node.sh('cat /etc/crio/crio.conf.d/50-site.conf')).toBe(before.trimEnd());
    expect(await node.sh('cat /etc/crio/crio.conf.d/zz-site.conf')).toBe(after.trimEnd().replace('3.9', '3.10.1'));
    expect(await node.sh("pgrep -f '[c]onmon|[/]pause' | wc -l; ls /run/containers/storage/overlay-containers")).toBe(
      '0',
    );
  });

  it('reloads for another sandbox image, and keeps running', async () => {
    const pid = await node.sh('systemctl show -P MainPID crio');
    const wanted = inventory({ cgroupDriver: 'cgroupfs', sandboxImage: pause('3.10') });
    const applied = await run('apply', wanted);
    expect(hostOf(applied, 'host').changes.map(({ disruption }) => disruption)).toEqual(['reload', 'reload']);
    expect(applied.code).toBe(0);
    expect(await crio('pause_image')).toContain(pause('3.10'));
    expect(await node.sh('systemctl show -P MainPID crio')).toBe(pid);
  });

  it.runIf(isMatrix)('restarts for the other driver, and is proved by it', async () => {
    const applied = await run('apply', inventory({ sandboxImage: pause('3.10') }));
    expect(hostOf(applied, 'host').error).toBeUndefined();
    expect(hostOf(applied, 'host').runtime).toMatchObject({ cgroupDriver: 'systemd', sandbox: 'ran' });
    expect(findingOf(hostOf(applied, 'host'), 'sandbox-runs').observed).toMatch(
      /^\/system\.slice\/crio(-conmon)?-[0-9a-f]{64}\.scope$/,
    );
    expect((await run('plan', inventory({ sandboxImage: pause('3.10') }))).code).toBe(0);
  });

  it('goes back exactly, run by run', async () => {
    for (const _ of [1, 2, 3]) expect((await run('rollback', inventory())).code).toBe(0);
    // On cgroup v1 in a container systemd is not told that the scope of a conmon is empty.
    await node.sh("systemctl stop 'crio-conmon-*.scope'");
    expect(stateChanges(bare, await hostState(node))).toEqual([]);
  });

  describe.runIf(isMatrix)('a conmon whose cgroup CRI-O does not start with', () => {
    const path = '/etc/crio/crio.conf.d/10-crio.conf';
    const directory = '/etc/crio/crio.conf.d';
    const file = `${directory}/40-handlers.conf`;
    const handlers = async (group: string, runtime = ''): Promise<void> => {
      const tables = `sed -e '/^\\[crio\\.runtime\\.runtimes\\./a monitor_cgroup = "${group}" # of ops' ${path}`;
      await node.sh(`${tables} >${file}; printf '[crio.runtime]\n%s' '${runtime}' >${directory}/55-driver.conf`);
      await node.sh('! systemctl restart crio');
    };
    const mended = async (cgroupDriver: string): Promise<void> => {
      const wanted = inventory({ cgroupDriver });
      const found = await node.sh(`cat ${file}`);
      const finding = findingOf(hostOf(await run('plan', wanted), 'host'), 'crio-config');
      expect(finding).toMatchObject({ status: 'fail', observed: expect.stringContaining(`in ${file}:`) });
      const applied = await run('apply', wanted);
      expect(hostOf(applied, 'host').error).toBeUndefined();
      expect(hostOf(applied, 'host').runtime).toMatchObject({ cgroupDriver, sandbox: 'ran' });
      expect(await node.sh(`cat ${file}`)).toBe(found.replaceAll(/(?<=monitor_cgroup = )"[^"]+"/g, '"pod"'));
      expect(await node.sh(`grep -r conmon_cgroup ${directory} || true`)).toBe('');
      expect((await run('plan', wanted)).code).toBe(0);
      expect((await run('rollback', wanted)).code).toBe(0);
      expect(await node.sh(`cat ${file}`)).toBe(found);
      await node.sh(`rm ${file} ${directory}/55-driver.conf; systemctl reset-failed crio; systemctl restart crio`);
    };

    beforeAll(async () => {
      expect((await run('apply', inventory())).code).toBe(0);
    });
    afterAll(async () => {
      expect((await run('rollback', inventory())).code).toBe(0);
      await node.sh("systemctl stop 'crio-conmon-*.scope'");
      expect(stateChanges(bare, await hostState(node))).toEqual([]);
    });

    it('systemd: no slice', async () => {
      await handlers('/ops');
      await mended('systemd');
    });

    it('cgroupfs: a slice', async () => {
      await handlers('machine.slice', 'cgroup_manager = "cgroupfs"');
      await mended('cgroupfs');
    });
  });

  it.runIf(isMatrix).each([
    ['alone', 'rm -f /usr/local/bin/crictl'],
    ['with crictl', 'true'],
  ])('leaves nothing of a proof that was killed in between, %s', async (_, prepare) => {
    const wanted = inventory({ cgroupDriver: 'cgroupfs', sandboxImage: pause('3.10') });
    const settled = inventory({ sandboxImage: pause('3.10') });
    expect((await run('apply', settled)).code).toBe(0);
    await installCrictl(node);
    await node.sh(prepare);
    expect(await killDuringProof(node, place, ['apply', wanted, '--yes'])).toBe(137);
    expect(await node.sh("pgrep -f '[/]pause' | wc -l")).toBe('1');
    expect((await run('recover', wanted)).code).toBe(0);
    expect(await node.sh("pgrep -f '[c]onmon|[/]pause' | wc -l")).toBe('0');
    expect(await node.sh('ls /run/containers/storage/overlay-containers')).toBe('');
    // It would be led to the runtime.
    await node.sh('rm -f /usr/local/bin/crictl');
    expect((await run('plan', settled)).code).toBe(0);
  });

  it.runIf(isMatrix)('takes everything back where the daemon does not stay', async () => {
    const file = '/etc/systemd/system/crio.service.d/lab.conf';
    await node.sh(`mkdir -p ${file.replace('/lab.conf', '')} && cat >${file} && systemctl daemon-reload`, {
      input: '[Service]\nRuntimeMaxSec=2\nRestart=no\n',
    });
    const before = await hostState(node);
    const answer = await run('apply', inventory({ cgroupDriver: 'cgroupfs', sandboxImage: pause('3.10') }));
    expect(answer.code).toBe(3);
    expect(hostOf(answer, 'host').outcome).toBe('reverted');
    await node.sh(`rm -r ${file.replace('/lab.conf', '')} && systemctl daemon-reload && systemctl restart crio`);
    const kept = stateChanges(before, await hostState(node)).filter(line => !/crio\.service\.d|conmon/.test(line));
    expect(kept.filter(line => line.startsWith('content:') || line.startsWith('files:'))).toEqual([]);
  });
});
