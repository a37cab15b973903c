import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArchiveServer, cniArchive, containerdArchive, openArchiveServer, runcArchive } from '../lab/archives.ts';
import { baseProblem, bootNode, importPause, type LabNode, requireLab } from '../lab/index.ts';
import { goProblem } from '../lab/tools.ts';
import { containerdIo2, openUpstream, type UpstreamRepository } from '../lab/upstream/index.ts';
import { hostOf } from './support/cli.ts';
import { letGo, mustReach, pointsPassed, stopAt } from './support/host-points.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const reason = isMatrix
  ? (requireLab() ?? (await baseProblem('trixie')) ?? (await goProblem()))
  : 'part of npm run test:matrix';
const pause = 'registry.k8s.io/pause:3.10.1';

type Seen = HostState & { readonly trees: string };

describe.skipIf(reason)(`containerd.io in place of containerd's archive${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let server: ArchiveServer;
  let upstream: UpstreamRepository;
  let archived: string;
  let packaged: string;
  let bare: Seen;
  let before: Seen;

  const state = async (): Promise<Seen> => ({
    ...(await hostState(node)),
    trees:
      await node.sh(`find /usr/local /opt /var/lib/nodeprep/archives -printf '%p %y %m %U %G %l\\n' 2>/dev/null | sort
      find /usr/local /opt -type f -exec sha256sum {} + | sort -k 2`),
  });
  const run = (command: string, file: string, ...flags: readonly string[]) =>
    place.json([command, file, ...(command === 'plan' ? ['--detailed-exitcode'] : ['--yes']), ...flags]);
  const fine = async (...args: Parameters<typeof run>) => {
    const answer = await run(...args);
    expect({ code: answer.code, error: hostOf(answer, 'host').error }).toEqual({ code: 0, error: undefined });
    return hostOf(answer, 'host');
  };
  const isAsBefore = async (): Promise<void> => {
    expect(stateChanges(before, await state())).toEqual([]);
    expect(await serving()).toBe('/usr/local/bin/containerd');
  };
  const serving = () => node.sh('readlink /proc/"$(systemctl show -P MainPID containerd)"/exe');

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie' });
    const [containerd, runc, cniPlugins] = [await containerdArchive(), await runcArchive(node), await cniArchive(node)];
    server = await openArchiveServer([containerd, runc, cniPlugins]);
    upstream = await openUpstream(node);
    await upstream.offer(containerdIo2());
    await upstream.publish();
    const fetched = (archive: typeof runc) => ({ url: server.url(archive), sha256: archive.sha256 });
    const archives = { containerd: fetched(containerd), runc: fetched(runc), cniPlugins: fetched(cniPlugins) };
    const { url, keyUrl, fingerprint } = upstream;
    const repository = { url, key: { url: keyUrl }, fingerprint };
    const verify = { sandbox: 'off' };
    archived = place.inventory('archived', { host: at(node, { runtime: { source: 'archive', archives }, verify }) });
    packaged = place.inventory('packaged', { host: at(node, { runtime: { source: 'upstream', repository }, verify }) });
    // The first boot leaves units active that no later one starts.
    await node.kill();
    await node.start();
    bare = await state();
    await fine('apply', archived);
    await importPause(node, [pause]);
    await node.sh('echo "# ours" >>/etc/containerd/config.toml');
    before = await state();
  });
  afterAll(async () => {
    await node?.remove();
    server?.close();
    await upstream?.close();
    place?.remove();
  });

  it('takes a flag, and is told before', async () => {
    const refused = await run('apply', packaged);
    expect({ code: refused.code, error: hostOf(refused, 'host').error }).toMatchObject({
      code: 5,
      error: { code: 'migration', message: expect.stringMatching(/^containerd \S+ of its archive is on this host/) },
    });
    await isAsBefore();
  });

  it('comes, with configuration and images as they were; and goes back exactly', async () => {
    const moved = await fine('apply', packaged, '--allow-migration');
    expect(moved).toMatchObject({ outcome: 'changed', runtime: { name: 'containerd', cgroupDriver: 'systemd' } });
    expect(await serving()).toBe('/usr/bin/containerd');
    expect(await node.sh('systemctl is-enabled containerd; systemctl show -P FragmentPath containerd')).toBe(
      'enabled\n/usr/lib/systemd/system/containerd.service',
    );
    expect(await node.sh('find /usr/local -type f; ls /var/lib/nodeprep/archives /opt/cni/bin')).toBe(
      '/opt/cni/bin:\nhost-local\nloopback\n\n/var/lib/nodeprep/archives:\ncniPlugins',
    );
    expect(await node.sh('tail -n 1 /etc/containerd/config.toml; ctr -n k8s.io image ls -q')).toContain(
      `# ours\n${pause}`,
    );
    expect((await fine('plan', packaged)).changes).toEqual([]);
    await fine('rollback', packaged);
    await isAsBefore();
  });

  it('power lost while its files go: recover puts all of them back', async () => {
    await stopAt(node, 1_000_000, 'kill');
    await fine('apply', packaged, '--allow-migration');
    const said = await node.sh('cd /var/lib/nodeprep/runs; cat "$(ls | tail -n 1)"/rounds/*/manifest.json');
    const step = /"step":"(\d+-\d+)","change":\{"id":"archive-removal:containerd"/.exec(said)?.[1];
    const point = (await pointsPassed(node)).lastIndexOf(`in ${step}`) + 1;
    expect(point).toBeGreaterThan(0);
    await letGo(node);
    await fine('rollback', packaged);

    await stopAt(node, point, 'wait');
    const cut = run('apply', packaged, '--allow-migration');
    await mustReach(node, point);
    await node.kill();
    await node.start();
    await letGo(node);
    expect(hostOf(await cut, 'host').error?.code).toBe('unfinished-run');
    await fine('recover', packaged);
    await isAsBefore();
  });

  it('leaves nothing to a reset', async () => {
    await fine('apply', packaged, '--allow-migration');
    await node.sh('sed -i "/^# ours$/d" /etc/containerd/config.toml');
    await fine('reset', packaged);
    expect(stateChanges(bare, await state())).toEqual([]);
  });
});
