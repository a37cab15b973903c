import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ArchiveServer,
  containerdArchive,
  debianContainerdArchive,
  type LabArchive,
  openArchiveServer,
  runcArchive,
} from '../lab/archives.ts';
import { baseProblem, bootNode, type LabNode, requireLab } from '../lab/index.ts';
import { goProblem } from '../lab/tools.ts';
import { containerdIo2, openUpstream, type UpstreamRepository } from '../lab/upstream/index.ts';
import { hostOf } from './support/cli.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { repositoryOf } from './support/repository-wish.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const reason = isMatrix
  ? (requireLab() ?? (await baseProblem('trixie')) ?? (await goProblem()))
  : 'part of npm run test:matrix';

/** Somebody's own, for 1.7. */
const foreign = `# Of ours
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  max_concurrent_downloads = 7 # a slow line
  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
    endpoint = ["https://mirror.example.com"]
`;

describe.skipIf(reason)(`containerd from 1.x to 2.x without a version${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let server: ArchiveServer;
  let upstream: UpstreamRepository;
  let bare: HostState;

  const inventory = (name: string, runtime: object): string =>
    place.inventory(name, { host: at(node, { runtime, verify: { sandbox: 'off' } }) });
  const fine = async (command: string, file: string, ...flags: readonly string[]) => {
    const answer = await place.json([
      command,
      file,
      ...(command === 'plan' ? ['--detailed-exitcode'] : ['--yes']),
      ...flags,
    ]);
    expect({ code: answer.code, error: hostOf(answer, 'host').error }).toEqual({ code: 0, error: undefined });
    return hostOf(answer, 'host');
  };
  /** From what is there, to what the inventory asks for, and back. */
  const moves = async (wanted: string, ...flags: readonly string[]): Promise<void> => {
    const before = await hostState(node);
    const text = await node.sh('cat /etc/containerd/config.toml');
    const moved = await fine('apply', wanted, ...flags);
    expect(moved.runtime).toMatchObject({ version: expect.stringMatching(/^v?2\.2\.0/), cgroupDriver: 'systemd' });
    const now = await node.sh('cat /etc/containerd/config.toml');
    expect(now).toContain('version = 3');
    expect(now).toContain('max_concurrent_downloads = 7 # a slow line');
    expect(now).not.toContain('mirrors');
    expect(await node.sh('cat /etc/containerd/certs.d/docker.io/hosts.toml')).toContain('https://mirror.example.com');
    expect(await node.sh('containerd config dump 2>/dev/null')).toContain('max_concurrent_downloads = 7');
    expect((await fine('plan', wanted)).changes).toEqual([]);
    await fine('rollback', wanted);
    expect(await node.sh('cat /etc/containerd/config.toml')).toBe(text);
    expect(stateChanges(before, await hostState(node))).toEqual([]);
  };

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie' });
    upstream = await openUpstream(node);
    await upstream.offer(containerdIo2());
    await upstream.publish();
    // The first boot leaves units active that no later one starts.
    await node.kill();
    await node.start();
  });
  beforeEach(async () => {
    bare = await hostState(node);
    await node.sh('mkdir -p /etc/containerd && cat >/etc/containerd/config.toml', { input: foreign });
  });
  afterEach(async () => {
    await node.sh('rm -rf /etc/containerd');
  });
  afterAll(async () => {
    await node?.remove();
    server?.close();
    await upstream?.close();
    place?.remove();
  });

  it('by an archive, its configuration comes to the schema of 2.x, and back', async () => {
    const [old, containerd, runc] = [
      await debianContainerdArchive(node),
      await containerdArchive(),
      await runcArchive(node),
    ];
    server = await openArchiveServer([old, containerd, runc]);
    const fetched = (archive: LabArchive) => ({ url: server.url(archive), sha256: archive.sha256 });
    const asking = (name: string, archive: LabArchive) =>
      inventory(name, { source: 'archive', archives: { containerd: fetched(archive), runc: fetched(runc) } });
    const first = asking('old', old);
    expect((await fine('apply', first)).runtime?.version).toMatch(/^v?1\.7/);
    await moves(asking('new', containerd));
    await fine('rollback', first);
    await node.sh('rm -rf /etc/containerd');
    expect(stateChanges(bare, await hostState(node))).toEqual([]);
  });

  it('by a package in place of the one of the distribution, its configuration comes to the schema of 2.x, and back', async () => {
    const distribution = inventory('distribution', { source: 'distribution' });
    await fine('apply', distribution);
    const repository = repositoryOf(upstream);
    await moves(inventory('upstream', { source: 'upstream', repository }), '--allow-migration');
  });
});
