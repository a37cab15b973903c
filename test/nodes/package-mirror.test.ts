import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, requireLab } from '../lab/index.ts';
import { openPackageMirror, type PackageMirror } from '../lab/mirror.ts';
import { FRONT_URL } from '../lab/settings.ts';
import { containerdIo, openUpstream, type UpstreamRepository } from '../lab/upstream/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie'));
const isMatrix = process.env.NODEPREP_MATRIX === '1';
const sources = '/etc/apt/sources.list.d/debian.sources';

describe.skipIf(reason)(reason ?? 'a mirror of packages in one line', () => {
  let node: LabNode;
  let place: Workplace;
  let mirror: PackageMirror;
  let upstream: UpstreamRepository;
  let count = 0;

  const asking = (runtime: Readonly<Record<string, unknown>> = {}): string => {
    count += 1;
    return place.inventory(`mirrored-${count}`, { host: at(node, { packageMirror: mirror.url, runtime }) });
  };
  const seen = async () => ({ state: await hostState(node), lists: await node.sh('ls /var/lib/apt/lists') });

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie' });
    upstream = await openUpstream(node);
    await upstream.offer(containerdIo());
    await upstream.publish();
    mirror = await openPackageMirror({
      debian: `${FRONT_URL}/debian`,
      'debian-security': `${FRONT_URL}/security`,
      'docker-ce/linux/debian': upstream.url,
    });
  });
  afterAll(async () => {
    await mirror?.close();
    await upstream?.close();
    await node?.remove();
    place?.remove();
  });

  const applied = async (inventory: string) => {
    const { code, run } = await place.json(['apply', inventory, '--yes']);
    expect({ code, error: run.hosts[0]?.error }).toEqual({ code: 0, error: undefined });
    expect((await place.json(['plan', inventory, '--detailed-exitcode'])).code).toBe(0);
  };
  const takenBack = async (inventory: string, before: Awaited<ReturnType<typeof seen>>) => {
    expect((await place.json(['rollback', inventory, '--yes'])).code).toBe(0);
    const after = await seen();
    expect(stateChanges(before.state, after.state)).toEqual([]);
    expect(after.lists).toBe(before.lists);
  };

  it('takes everything back where the mirror does not have a suite, and says what it asked for', async () => {
    const before = await seen();
    mirror.missing.add('/debian/dists/trixie-updates');
    const { code, run } = await place.json(['apply', asking(), '--yes']);
    mirror.missing.clear();
    const { outcome, error } = run.hosts[0] ?? {};
    expect({ code, outcome }).toEqual({ code: 3, outcome: 'reverted' });
    expect(error?.message).toContain(`${mirror.url}/debian trixie-updates`);
    expect(error?.message).toMatch(/name another one with packageMirror, or leave it out/);
    const after = await seen();
    expect(stateChanges(before.state, after.state)).toEqual([]);
    expect(after.lists).toBe(before.lists);
  });

  it("has the distribution's packages, changes nothing a second time, and goes again with a rollback", async () => {
    const inventory = asking();
    const before = await seen();
    const text = await node.sh(`cat ${sources}`);
    await applied(inventory);
    const mark = `# nodeprep apply has put this mirror in the place of the addresses that were here: ${mirror.url}\n`;
    const security = `${mirror.url}/debian-security`;
    expect(await node.sh(`cat ${sources}`)).toBe(
      mark + text.replace(`${FRONT_URL}/debian`, `${mirror.url}/debian`).replace(`${FRONT_URL}/security`, security),
    );
    expect(mirror.requests.filter(path => /\/pool\/.*\/containerd_/.test(path))).not.toEqual([]);
    const reachable = findingOf(hostOf(await place.json(['check', inventory]), 'host'), 'package-mirror-reachable');
    expect(reachable).toMatchObject({ status: 'pass', observed: expect.stringContaining(`${mirror.url}: `) });
    await takenBack(inventory, before);
  });

  describe.runIf(isMatrix)('and more of it', () => {
    it("has upstream's repository, by the key that is pinned", async () => {
      const inventory = asking({ source: 'upstream', repository: { fingerprint: upstream.fingerprint } });
      const before = await seen();
      await applied(inventory);
      expect(mirror.requests).toContain('/docker-ce/linux/debian/gpg');
      expect(await node.sh('cat /etc/apt/sources.list.d/nodeprep-docker.sources')).toContain(
        `URIs: ${mirror.url}/docker-ce/linux/debian\n`,
      );
      expect(await node.sh('containerd --version')).toContain('1.7.24');
      await takenBack(inventory, before);
    });

    it('moves a repository of docker.com that somebody set up, with the key that it has', async () => {
      const list = '/etc/apt/sources.list.d/docker.list';
      await node.sh(
        `cat >/etc/apt/keyrings/docker.asc && echo 'deb [signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/debian trixie stable' >${list}`,
        { input: upstream.publicKey },
      );
      const inventory = asking({ source: 'upstream' });
      const before = await seen();
      await applied(inventory);
      expect(await node.sh(`tail -n 1 ${list}`)).toContain(`${mirror.url}/docker-ce/linux/debian trixie stable`);
      expect(await node.sh('ls /etc/apt/sources.list.d')).not.toContain('nodeprep');
      await takenBack(inventory, before);
      await node.sh(`rm ${list} /etc/apt/keyrings/docker.asc`);
    });

    it('refuses what nothing signs, where the mirror is asked by http', async () => {
      const list = '/etc/apt/sources.list.d/own.list';
      await node.sh(`echo 'deb [trusted=yes] http://ftp.debian.org/debian trixie main' >${list}`);
      const before = await seen();
      const { code, run } = await place.json(['apply', asking(), '--yes']);
      expect({ code, state: run.hosts[0]?.state }).toEqual({ code: 5, state: 'refused' });
      expect(run.hosts[0]?.error?.message).toContain(
        `${list}: packages of http://ftp.debian.org/debian are taken without`,
      );
      expect(await seen()).toEqual(before);
      await node.sh(`rm ${list}`);
    });
  });
});
