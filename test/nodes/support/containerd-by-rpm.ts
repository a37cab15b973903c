import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabNode, requireLab } from '../../lab/index.ts';
import { containerdIo, containerSelinux, openRpmUpstream, type UpstreamRepository } from '../../lab/upstream/index.ts';
import { type UpstreamRuns, upstreamRuns } from './upstream-runs.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

const key = '/etc/pki/rpm-gpg/nodeprep-docker.asc';

/** A package manager over rpm, and how it shows what nodeprep did with it. */
export interface RpmSide {
  readonly boot: () => Promise<LabNode>;
  /** Why there cannot be such a node. */
  readonly problem?: string;
  /** The file of our repository. */
  readonly sources: string;
  /** sh that prints what it keeps of repositories. */
  readonly kept: string;
  /** sh that prints what is held, and what it prints of containerd.io. */
  readonly held: readonly [string, RegExp];
}

/** containerd.io from upstream's repository, on one node: wrong key, missing version, there and back. */
export const containerdByRpm = ({ boot, problem, sources, kept, held: [showHeld, held] }: RpmSide): void => {
  const reason = requireLab() ?? problem;
  describe.skipIf(reason)(reason ?? 'on a bare node', () => {
    let node: LabNode;
    let place: Workplace;
    let upstream: UpstreamRepository;
    let host: UpstreamRuns;

    beforeAll(async () => {
      place = await openWorkplace();
      node = await boot();
      // The programs of trixie, with the configuration that docker.com's packages of 1.7 have.
      upstream = await openRpmUpstream({ suite: 'trixie' });
      await upstream.offer(containerSelinux(), containerdIo('1.7.24-3.1.el9'), containerdIo('1.7.23-3.1.el9'));
      await upstream.publish();
      host = upstreamRuns(place, node, upstream, () => node.sh(`rpm -qa | sort; ${kept}`));
    });
    afterAll(async () => {
      await upstream?.close();
      await node?.remove();
      place?.remove();
    });

    it('is known, and shows the repository and what follows it', async () => {
      const { code, run } = await host.plan();
      expect({ code, error: run.hosts[0]?.error }).toEqual({ code: 4, error: undefined });
      expect(run.hosts[0]?.changes.map(({ kind, target }) => `${kind} ${target}`)).toEqual(
        expect.arrayContaining([`repository-key ${key}`, `file ${sources}`, `package-lists ${sources}`]),
      );
      expect(upstream.requests).toEqual([]);
    });

    it('refuses another key before anything is done', async () => {
      const other = await host.unchanged({ repository: { fingerprint: 'AB'.repeat(20) } });
      expect(other).toMatchObject({ code: 5, state: 'refused', outcome: 'unchanged' });
      expect(other.message).toContain(`is ${upstream.fingerprint}; expected ${'AB'.repeat(20)}`);
    });

    it('takes back the repository where it does not have the version, and names those that it has', async () => {
      const ended = await host.unchanged({ version: '1.6' });
      expect(ended).toMatchObject({ code: 3, outcome: 'reverted' });
      for (const offered of ['1.7.24-3.1.el9', '1.7.23-3.1.el9']) expect(ended.message).toContain(offered);
      expect(ended.message).toContain('containerd.io 1.6 is ');
    });

    it('comes with CRI and the driver on, is proved, and goes without a trace', async () => {
      const asBefore = await host.remember();
      expect(await host.applied({ version: '1.7' })).toMatchObject({
        outcome: 'changed',
        runtime: { name: 'containerd', cgroupDriver: 'systemd' },
      });
      expect(await node.sh('rpm -q containerd.io container-selinux')).toBe(
        'containerd.io-1.7.24-3.1.el9.x86_64\ncontainer-selinux-2.235.0-1.el9.noarch',
      );
      expect(await node.sh('grep -c "^version = 2" /etc/containerd/config.toml')).toBe('1');
      expect(await node.sh(showHeld)).toMatch(held);
      await host.rolledBack();
      await asBefore();
    });
  });
};
