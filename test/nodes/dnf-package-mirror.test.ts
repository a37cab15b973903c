import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootDnfNode, type LabNode, requireLab } from '../lab/index.ts';
import { openPackageMirror, type PackageMirror } from '../lab/mirror.ts';
import { containerdIo, containerSelinux, openRpmUpstream, type UpstreamRepository } from '../lab/upstream/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { hostState, stateChanges } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab();
const isMatrix = process.env.NODEPREP_MATRIX === '1';
const sources = '/etc/yum.repos.d/rocky.repo';
const dockerSources = '/etc/yum.repos.d/docker-ce.repo';
const keyFile = '/etc/pki/rpm-gpg/RPM-GPG-KEY-Rocky-9';
const dockerKey = '/etc/pki/rpm-gpg/docker';

/** As Rocky's package has them, abridged. */
const section = (id: string, directory: string, enabled: string): string => `[${id}]
name=Rocky Linux $releasever - ${directory}
mirrorlist=https://mirrors.rockylinux.org/mirrorlist?arch=$basearch&repo=${directory}-$releasever$rltype
#baseurl=http://dl.rockylinux.org/$contentdir/$releasever/${directory}/$basearch/os/
gpgcheck=1
enabled=${enabled}
countme=1
metadata_expire=6h
gpgkey=file://${keyFile}
`;
const rocky = `# rocky.repo
${section('baseos', 'BaseOS', '1')}
${section('appstream', 'AppStream', '1')}
${section('crb', 'CRB', '0')}`;

describe.skipIf(reason !== undefined || !isMatrix)(
  `a mirror of rpms in one line${reason ? ` (${reason})` : ''}`,
  () => {
    let node: LabNode;
    let place: Workplace;
    let mirror: PackageMirror;
    let distribution: UpstreamRepository;
    let upstream: UpstreamRepository;
    let count = 0;

    const inventory = (runtime: Readonly<Record<string, unknown>> = {}): string => {
      count += 1;
      return place.inventory(`mirrored-${count}`, {
        host: at(node, { packageMirror: mirror.url, runtime: { source: 'upstream', ...runtime } }),
      });
    };
    const pinned = () => ({ repository: { fingerprint: upstream.fingerprint } });
    const seen = async () => ({
      state: await hostState(node),
      packaged: await node.sh('rpm -qa | sort; ls /var/cache/dnf 2>/dev/null | grep -v json || :'),
    });
    const expectAsBefore = async (before: Awaited<ReturnType<typeof seen>>) => {
      const after = await seen();
      expect(stateChanges(before.state, after.state)).toEqual([]);
      expect(after.packaged).toBe(before.packaged);
    };
    const applied = async (file: string) => {
      const { code, run } = await place.json(['apply', file, '--yes']);
      expect({ code, error: run.hosts[0]?.error }).toEqual({ code: 0, error: undefined });
      const again = await place.json(['plan', file, '--detailed-exitcode']);
      expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });
    };
    const takenBack = async (file: string, before: Awaited<ReturnType<typeof seen>>) => {
      const { code, run } = await place.json(['rollback', file, '--yes']);
      expect({ code, error: run.hosts[0]?.error }).toEqual({ code: 0, error: undefined });
      await expectAsBefore(before);
    };

    beforeAll(async () => {
      place = await openWorkplace();
      node = await bootDnfNode();
      [distribution, upstream] = await Promise.all([openRpmUpstream(node), openRpmUpstream(node)]);
      await distribution.offer(containerSelinux());
      await upstream.offer(containerdIo('1.7.24-3.1.el9'));
      for (const repository of [distribution, upstream]) await repository.publish();
      const packages = distribution.flatUrl.replace(/\/$/, '');
      mirror = await openPackageMirror({
        'rockylinux/9/BaseOS/x86_64/os': packages,
        'rockylinux/9/AppStream/x86_64/os': packages,
        'docker-ce/linux/centos': upstream.url,
      });
      await node.sh(`cat >${keyFile}`, { input: distribution.publicKey });
      await node.sh(`cat >${sources}`, { input: rocky });
    });
    afterAll(async () => {
      await mirror?.close();
      await distribution?.close();
      await upstream?.close();
      await node?.remove();
      place?.remove();
    });

    it('takes everything back where the mirror does not have a repository, and says what it asked for', async () => {
      const before = await seen();
      mirror.missing.add('/rockylinux/9/AppStream');
      const { code, run } = await place.json(['apply', inventory(pinned()), '--yes']);
      mirror.missing.clear();
      const { outcome, error } = run.hosts[0] ?? {};
      expect({ code, outcome }).toEqual({ code: 3, outcome: 'reverted' });
      expect(error?.message).toContain(`${mirror.url}/rockylinux/9/AppStream/x86_64/os/`);
      expect(error?.message).toMatch(/name another one with packageMirror, or leave it out/);
      await expectAsBefore(before);
    });

    it("has the distribution's packages and upstream's, changes nothing a second time, and goes again with a rollback", async () => {
      const before = await seen();
      const file = inventory(pinned());
      await applied(file);
      const mark = `# nodeprep apply has put this mirror in the place of the addresses that were here: ${mirror.url}\n`;
      const moved = (directory: string): readonly [RegExp, string] => [
        new RegExp(`^(mirrorlist=.*repo=${directory}-.*\n)(#baseurl=.*\n)`, 'm'),
        `#$1$2baseurl=${mirror.url}/rockylinux/$$releasever/${directory}/$$basearch/os/\n`,
      ];
      expect(await node.sh(`cat ${sources}; echo .`)).toBe(
        `${mark}${rocky.replace(...moved('BaseOS')).replace(...moved('AppStream'))}.`,
      );
      expect(await node.sh('cat /etc/yum.repos.d/nodeprep-docker.repo')).toContain(
        `baseurl=${mirror.url}/docker-ce/linux/centos/`,
      );
      expect(mirror.requests).toContain('/docker-ce/linux/centos/gpg');
      const came = (name: string) =>
        mirror.requests.filter(path => path.endsWith('.rpm') && path.includes(`/${name}-`));
      expect(came('containerd.io')).not.toEqual([]);
      expect(came('container-selinux')).toEqual([expect.stringContaining('/rockylinux/9/')]);
      const reachable = findingOf(hostOf(await place.json(['check', file]), 'host'), 'package-mirror-reachable');
      expect(reachable).toMatchObject({ status: 'pass', observed: expect.stringContaining(`${mirror.url}: `) });
      await takenBack(file, before);
    });

    it('moves a repository of docker.com that somebody set up, with the key that it has', async () => {
      await node.sh(`cat >${dockerKey}`, { input: upstream.publicKey });
      await node.sh(`cat >${dockerSources}`, {
        input: `[docker-ce-stable]
name=Docker CE Stable - $basearch
baseurl=https://download.docker.com/linux/centos/$releasever/$basearch/stable
enabled=1
gpgcheck=1
gpgkey=file://${dockerKey}
`,
      });
      const before = await seen();
      const file = inventory();
      await applied(file);
      expect(await node.sh(`grep ^baseurl ${dockerSources}`)).toBe(
        `baseurl=${mirror.url}/docker-ce/linux/centos/$releasever/$basearch/stable`,
      );
      expect(await node.sh('ls /etc/yum.repos.d')).not.toContain('nodeprep');
      await takenBack(file, before);
      await node.sh(`rm ${dockerSources} ${dockerKey}`);
    });

    it('refuses what nothing signs, where the mirror is asked by http', async () => {
      await node.sh(`sed -i 's/^gpgcheck=1/gpgcheck=0/' ${sources}`);
      const before = await seen();
      const { code, run } = await place.json(['apply', inventory(pinned()), '--yes']);
      expect({ code, state: run.hosts[0]?.state }).toEqual({ code: 5, state: 'refused' });
      expect(run.hosts[0]?.error?.message).toContain(`${sources}: packages of baseos are taken without a signature`);
      expect(await seen()).toEqual(before);
    });
  },
);
