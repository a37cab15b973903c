import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabNode, requireLab } from '../../lab/index.ts';
import { openPackageMirror, type PackageMirror } from '../../lab/mirror.ts';
import { containerdIo, containerSelinux, openRpmUpstream, type UpstreamRepository } from '../../lab/upstream/index.ts';
import { findingOf, hostOf } from './cli.ts';
import { hostState, stateChanges } from './host-state.ts';
import { at, openWorkplace, type Workplace } from './workplace.ts';

/** A package manager over rpm, and the sources that its distribution ships. */
export interface MirrorSide {
  readonly boot: () => Promise<LabNode>;
  readonly sources: string;
  readonly text: string;
  /** Directory of the mirror: what container-selinux comes from, first the one that is found missing. */
  readonly directories: readonly string[];
  readonly keyFile: string;
  /** What the package manager names of a mirror that lacks a directory. */
  readonly told: (mirror: string, directory: string) => string;
  /** The distribution has told rpm of its key. */
  readonly trusts?: true;
  /** What the mirror makes of `text`, without its first line. */
  readonly moved: (mirror: string) => string;
  /** `runtime.repository`, of a bare host. */
  readonly repository: (upstream: UpstreamRepository) => Readonly<Record<string, unknown>>;
  /** sh that prints what the package manager keeps. */
  readonly kept: string;
}

type Seen = { readonly state: Awaited<ReturnType<typeof hostState>>; readonly packaged: string };

export interface Mirrored {
  readonly node: LabNode;
  readonly mirror: PackageMirror;
  readonly upstream: UpstreamRepository;
  inventory(repository?: Readonly<Record<string, unknown>>): string;
  seen(): Promise<Seen>;
  applied(file: string): Promise<void>;
  takenBack(file: string, before: Seen): Promise<void>;
}

/** A mirror that has the distribution's packages and docker.com's; `more` are tests of this side alone, before the last one. */
export const packageMirrorByRpm = (side: MirrorSide, more: (mirrored: () => Mirrored) => void = () => {}): void => {
  const reason = requireLab();
  const { sources, text, directories, keyFile, kept } = side;
  const [first = ''] = directories;
  describe.skipIf(reason !== undefined || process.env.NODEPREP_MATRIX !== '1')(
    `a mirror of rpms in one line${reason ? ` (${reason})` : ''}`,
    () => {
      let node: LabNode;
      let place: Workplace;
      let mirror: PackageMirror;
      let distribution: UpstreamRepository;
      let upstream: UpstreamRepository;
      let count = 0;

      const inventory = (repository?: Readonly<Record<string, unknown>>): string => {
        count += 1;
        const runtime = { source: 'upstream', ...(repository === undefined ? {} : { repository }) };
        return place.inventory(`mirrored-${count}`, { host: at(node, { packageMirror: mirror.url, runtime }) });
      };
      const asked = () => inventory(side.repository(upstream));
      const seen = async (): Promise<Seen> => ({
        state: await hostState(node),
        packaged: await node.sh(`rpm -qa | sort; ${kept}`),
      });
      const expectAsBefore = async (before: Seen) => {
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
      const takenBack = async (file: string, before: Seen) => {
        const { code, run } = await place.json(['rollback', file, '--yes']);
        expect({ code, error: run.hosts[0]?.error }).toEqual({ code: 0, error: undefined });
        await expectAsBefore(before);
      };

      beforeAll(async () => {
        place = await openWorkplace();
        node = await side.boot();
        [distribution, upstream] = await Promise.all([openRpmUpstream(node), openRpmUpstream(node)]);
        await distribution.offer(containerSelinux());
        await upstream.offer(containerdIo('1.7.24-3.1.el9'));
        for (const repository of [distribution, upstream]) await repository.publish();
        const packages = distribution.flatUrl.replace(/\/$/, '');
        mirror = await openPackageMirror({
          ...Object.fromEntries(directories.map(directory => [directory, packages])),
          'docker-ce/linux/centos': upstream.url,
        });
        await node.sh(
          `mkdir -p ${keyFile.replace(/\/[^/]*$/, '')} && cat >${keyFile}${side.trusts ? ` && rpm --import ${keyFile}` : ''}`,
          {
            input: distribution.publicKey,
          },
        );
        await node.sh(`cat >${sources}`, { input: text });
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
        mirror.missing.add(`/${first}`);
        const { code, run } = await place.json(['apply', asked(), '--yes']);
        mirror.missing.clear();
        const { outcome, error } = run.hosts[0] ?? {};
        expect({ code, outcome }).toEqual({ code: 3, outcome: 'reverted' });
        expect(error?.message).toContain(side.told(mirror.url, first));
        expect(error?.message).toMatch(/name another one with packageMirror, or leave it out/);
        await expectAsBefore(before);
      });

      it("has the distribution's packages, changes nothing a second time, and goes again with a rollback", async () => {
        const before = await seen();
        const file = asked();
        await applied(file);
        const mark = `# nodeprep apply has put this mirror in the place of the addresses that were here: ${mirror.url}\n`;
        expect(await node.sh(`cat ${sources}; echo .`)).toBe(`${mark}${side.moved(mirror.url)}.`);
        const came = mirror.requests.filter(path => path.endsWith('.rpm') && path.includes('/container-selinux-'));
        expect(came).toEqual([expect.stringContaining(`/${first.split('/')[0]}/`)]);
        const reachable = findingOf(hostOf(await place.json(['check', file]), 'host'), 'package-mirror-reachable');
        expect(reachable).toMatchObject({ status: 'pass', observed: expect.stringContaining(`${mirror.url}: `) });
        await takenBack(file, before);
      });

      more(() => ({ node, mirror, upstream, inventory, seen, applied, takenBack }));

      it('refuses what nothing signs, where the mirror is asked by http', async () => {
        await node.sh(`sed -i 's/^gpgcheck=1/gpgcheck=0/' ${sources}`);
        const before = await seen();
        const { code, run } = await place.json(['apply', asked(), '--yes']);
        expect({ code, state: run.hosts[0]?.state }).toEqual({ code: 5, state: 'refused' });
        const id = /^\[(.*)\]$/m.exec(text)?.[1];
        expect(run.hosts[0]?.error?.message).toContain(`${sources}: packages of ${id} are taken without a signature`);
        expect(await seen()).toEqual(before);
      });
    },
  );
};
