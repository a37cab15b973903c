import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ArchiveServer, criDockerdArchive, type LabArchive, openArchiveServer } from '../lab/archives.ts';
import { baseProblem, bootNode, type LabNode, requireLab, type Suite } from '../lab/index.ts';
import { goProblem } from '../lab/tools.ts';
import {
  containerdIo,
  dockerCe,
  dockerEe,
  openUpstream,
  type UpstreamPackage,
  type UpstreamRepository,
} from '../lab/upstream/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { dockerLeftovers } from './support/docker-leftovers.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const lab = requireLab() ?? (await goProblem());
const isMatrix = process.env.NODEPREP_MATRIX === '1';

interface Way {
  readonly suite: Suite;
  readonly name: 'docker' | 'mirantis';
  readonly offers: readonly UpstreamPackage[];
  readonly archive: 'url' | 'file';
  readonly version: string;
}

const ways: Readonly<Record<string, Way>> = {
  'docker.io of sid': { suite: 'sid', name: 'docker', offers: [], archive: 'file', version: '28.' },
  'docker-ce from a repository': {
    suite: 'trixie',
    name: 'docker',
    offers: [containerdIo(), ...dockerCe('5:28.5.2-1~debian.13~trixie')],
    archive: 'url',
    version: '26.',
  },
  'docker-ee from a repository': {
    suite: 'trixie',
    name: 'mirantis',
    offers: [containerdIo(), ...dockerEe('5:25.0.14-1~debian')],
    archive: 'url',
    version: '26.',
  },
};

// The repacked engines are Debian's own under other numbers: what `version` says is what dockerd tells of itself.
describe.runIf(isMatrix).each(Object.entries(ways))('%s, with cri-dockerd from an archive', (title, way) => {
  const { suite, name, offers, archive: by } = way;
  let node: LabNode;
  let place: Workplace;
  let upstream: UpstreamRepository | undefined;
  let server: ArchiveServer;
  let archive: LabArchive;
  let bare: HostState;

  const inventory = (): string => {
    const criDockerd =
      by === 'url'
        ? { url: server.url(archive), sha256: archive.sha256 }
        : { file: archive.file, sha256: archive.sha256 };
    const source =
      upstream === undefined
        ? {}
        : { source: 'upstream', repository: { url: upstream.url, fingerprint: upstream.fingerprint } };
    const runtime = { name, cgroupDriver: 'systemd', archives: { criDockerd }, ...source };
    return place.inventory('host', { host: at(node, { runtime }) });
  };

  beforeEach(async ({ skip }) => {
    const problem = lab ?? (await baseProblem(suite));
    if (problem !== undefined) skip(`${title}: ${problem}`);
    place = await openWorkplace();
    node = await bootNode({ suite });
    archive = await criDockerdArchive();
    server = await openArchiveServer([archive]);
    if (offers.length > 0) {
      upstream = await openUpstream(node);
      await upstream.offer(...offers);
      await upstream.publish();
    }
    bare = await hostState(node);
  });
  afterEach(async () => {
    server?.close();
    await upstream?.close();
    await node?.remove();
    place?.remove();
  });

  it('answers as planned, has nothing left to do, and goes again', async () => {
    const first = await place.json(['apply', inventory(), '--yes']);
    const host = hostOf(first, 'host');
    expect(host.error).toBeUndefined();
    expect(host.runtime).toMatchObject({ cgroupDriver: 'systemd', cgroupDriverFrom: 'RuntimeConfig' });
    expect(host.runtime?.version).toContain(way.version);
    expect(findingOf(host, 'single-cri-endpoint').status).toBe('pass');
    expect(findingOf(host, 'cri-dockerd-engine').status).toBe('pass');
    expect(first.code).toBe(0);
    const second = await place.json(['plan', inventory(), '--detailed-exitcode']);
    expect(hostOf(second, 'host').changes).toEqual([]);
    expect(second.code).toBe(0);

    const back = await place.json(['rollback', inventory(), '--yes']);
    expect(hostOf(back, 'host').error).toBeUndefined();
    const lost = stateChanges(bare, await hostState(node)).filter(change => !dockerLeftovers.test(change));
    expect(lost).toEqual([]);
    expect(await node.sh('ls /usr/local/bin')).toBe('');
  });
});
