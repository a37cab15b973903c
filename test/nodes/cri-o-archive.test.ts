import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArchiveServer, cniArchive, crioArchive, type LabArchive, openArchiveServer } from '../lab/archives.ts';
import { baseProblem, bootNode, type LabNode, requireLab } from '../lab/index.ts';
import { pauseImage } from '../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../lab/registry.ts';
import { CRIO_RELEASE, crioProblem } from '../lab/upstream/index.ts';
import { hostOf } from './support/cli.ts';
import { leadToRegistry } from './support/crio-source.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
// registries-others.test.ts installs it in every run.
const reason = isMatrix
  ? (requireLab() ?? (await baseProblem('trixie')) ?? (await crioProblem()))
  : 'a part of npm run test:matrix';

/** Somebody's own: one is beaten by nodeprep's file, one sorts after it. */
const foreign = {
  '/etc/crio/crio.conf.d/50-site.conf': '# ours\n[crio.runtime]\ncgroup_manager = "systemd"\nlog_level = "warn"\n',
  '/etc/crio/crio.conf.d/zz-site.conf':
    '# pinned by ops\n[crio.image]\npause_image = "registry.k8s.io/pause:3.9" # here\n',
  '/etc/containers/policy.json': '{ "default": [{ "type": "insecureAcceptAnything" }], "transports": {} }\n',
} as const;

describe.skipIf(reason)(`CRI-O from its static bundle${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let server: ArchiveServer;
  let registry: LabRegistry;
  let bundle: LabArchive;
  let plugins: LabArchive;

  const fetched = (archive: LabArchive) => ({ url: server.url(archive), sha256: archive.sha256 });
  const pushed = ({ file, sha256 }: LabArchive) => ({ file, sha256 });
  let count = 0;
  const asking = (archives: object, runtime: object = {}, verify = 'required'): string => {
    count += 1;
    return place.inventory(`bundle-${count}`, {
      host: at(node, {
        runtime: { name: 'cri-o', source: 'archive', archives, cgroupDriver: 'cgroupfs', ...runtime },
        verify: { sandbox: verify },
      }),
    });
  };
  const run = (command: string, file: string) =>
    place.json([command, file, ...(command === 'plan' ? ['--detailed-exitcode'] : ['--yes'])]);
  /** With the trees that archives go to, and what is kept about them. */
  const state = async (): Promise<HostState & { readonly trees: string }> => ({
    ...(await hostState(node)),
    trees:
      await node.sh(`find /usr/local /usr/libexec /opt /var/lib/nodeprep/archives /var/lib/nodeprep/incoming -printf '%p %y %m %U %G %l\\n' 2>/dev/null | sort
      find /usr/local /usr/libexec /opt -type f -exec sha256sum {} + | sort -k 2`),
  });
  const put = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, input] of Object.entries(files)) {
      await node.sh(`mkdir -p "$(dirname ${path})" && cat >${path}`, { input });
    }
  };

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie', cgroup: 'v1', packages: ['iptables', 'libyajl2', 'libglib2.0-0t64'] });
    bundle = await crioArchive(node);
    plugins = await cniArchive(node);
    server = await openArchiveServer([bundle, plugins]);
    registry = await startRegistry({ images: { 'pause:3.10.1': pauseImage(['pause']) } });
    await leadToRegistry(node, registry);
    // CRI-O's unit wants it, and what it waits for stays up.
    await node.sh('systemctl start network-online.target');
  });
  afterAll(async () => {
    await node?.remove();
    server?.close();
    await registry?.close();
    place?.remove();
  });

  const comesAndGoes = async (archives: object): Promise<void> => {
    const before = await state();
    const wanted = asking(archives);
    const applied = await run('apply', wanted);
    expect(hostOf(applied, 'host').error).toBeUndefined();
    expect(applied.code).toBe(0);
    expect(hostOf(applied, 'host').runtime).toMatchObject({
      ...{ name: 'cri-o', version: CRIO_RELEASE, cgroupDriver: 'cgroupfs', cgroupDriverFrom: 'RuntimeConfig' },
      ...{ sandboxImage: 'registry.k8s.io/pause:3.10.1', sandbox: 'ran' },
    });
    expect(await node.sh('systemctl is-enabled crio; systemctl is-active crio; ls /usr/libexec/crio')).toBe(
      'enabled\nactive\nconmon\ncrun\nrunc',
    );
    expect(await node.sh('ls /usr/local/bin; cat /etc/crictl.yaml 2>/dev/null || echo none')).toBe('crio\npinns\nnone');
    expect((await run('plan', wanted)).code).toBe(0);
    expect((await run('rollback', wanted)).code).toBe(0);
    // On cgroup v1 in a container systemd is not told that the scope of a conmon is empty.
    await node.sh("systemctl stop 'crio-conmon-*.scope'");
    expect(stateChanges(before, await state())).toEqual([]);
  };

  it('comes to a host with a configuration, is proved by a sandbox, and goes without a trace', async () => {
    await put(foreign);
    await comesAndGoes({ crio: fetched(bundle) });
    await node.sh(`rm -r /etc/crio ${Object.keys(foreign)[2]}`);
  });

  describe('and more', () => {
    it('comes to a bare host over the connection, with CNI plugins', () =>
      comesAndGoes({ crio: pushed(bundle), cniPlugins: fetched(plugins) }));

    it('is not installed with another sum, and nothing is left', async () => {
      const before = await state();
      const answer = await run('apply', asking({ crio: { ...fetched(bundle), sha256: 'f'.repeat(64) } }));
      expect(hostOf(answer, 'host').error?.message).toMatch(/has sha256 .*the inventory says f{64}/);
      expect(answer.code).toBe(3);
      expect(stateChanges(before, await state())).toEqual([]);
    });

    it('is not the bundle that the inventory says it is', async () => {
      const answer = await run('apply', asking({ crio: pushed(plugins) }));
      expect(hostOf(answer, 'host').error?.message).toMatch(/the archive of crio from .* has no cri-o\/bin\/crio/);
      expect(answer.code).toBe(3);
    });

    it('is mended where somebody changed it, and is refused as another version', async () => {
      expect((await run('apply', asking({ crio: pushed(bundle) }))).code).toBe(0);
      await node.sh('echo other >/usr/libexec/crio/runc; rm /etc/crio/crio.conf.d/10-crio.conf');
      const wanted = asking({ crio: pushed(bundle) });
      const drifted = await run('plan', wanted);
      expect(hostOf(drifted, 'host').changes.filter(({ kind }) => kind !== 'later')).toMatchObject([
        { id: 'file:/etc/crio/crio.conf.d/10-crio.conf' },
        {
          id: 'archive:crio',
          summary: expect.stringContaining('changed since it was installed: /usr/libexec/crio/runc'),
        },
      ]);
      expect((await run('apply', wanted)).code).toBe(0);
      expect((await run('plan', wanted)).code).toBe(0);
      const other = await run('plan', asking({ crio: pushed(bundle) }, { version: '1.35' }));
      expect(hostOf(other, 'host').error?.message).toContain(`the archive of CRI-O is version ${CRIO_RELEASE}`);
      expect(other.code).toBe(5);
    });
  });
});
