import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabNode, requireLab } from '../../lab/index.ts';
import {
  containerdIo,
  containerSelinux,
  criDockerd,
  dockerCe,
  dockerEe,
  makeSigningKey,
  openRpmUpstream,
  type SigningKey,
  type UpstreamPackage,
  type UpstreamRepository,
} from '../../lab/upstream/index.ts';
import { hostOf } from './cli.ts';
import { dockerLeftovers } from './docker-leftovers.ts';
import { type HostState, hostState, startedAt, stateChanges } from './host-state.ts';
import { at, openWorkplace, type Workplace } from './workplace.ts';

const reason = requireLab();
const isMatrix = process.env.NODEPREP_MATRIX === '1';
const versions = { old: '1.7.23-3.1.el9', now: '1.7.24-3.1.el9', demanding: '1.7.25-3.1.el9' } as const;

/** Needs a newer version of what is there. */
const demanding = (): UpstreamPackage => {
  const made = containerdIo(versions.demanding);
  return {
    ...made,
    rpm: { ...made.rpm, fields: [...(made.rpm?.fields ?? []), 'Requires: container-selinux >= 2:2.240'] },
  };
};

/** Somebody's, which needs an engine of one vendor. */
const needsEngine: UpstreamPackage = {
  name: 'lab-needs',
  version: '1.0-1',
  fields: [],
  rpm: { fields: ['BuildArch: noarch', 'Requires: docker-ee-cli'] },
  originals: [],
  build: 'mkdir -p usr/share/lab-needs && echo x >usr/share/lab-needs/x',
};

/** Programs and the like, which hostState does not look at. */
const programs = `find /usr /opt /var/lib -xdev \\( -path /var/lib/nodeprep -o -path /var/lib/rpm -o -path /usr/lib/sysimage/rpm \\
  -o -path /var/lib/dnf -o -path /var/lib/zypp -o -path /var/lib/YaST2 -o -path /var/lib/systemd -o -path /var/lib/containerd -o -path /var/lib/docker -o -name __pycache__ \\) -prune -o -type d -print -o -printf '%p %y %s\\n' | sort`;

/** A package manager over rpm, its words, and how things are done with it by hand. */
export interface RpmFaults {
  readonly boot: () => Promise<LabNode>;
  /** The release, as upstream's repository is parted by it. */
  readonly release: string;
  /** sh that forgets what was read of repositories, and one that reads them anew. */
  readonly forget: string;
  readonly read: string;
  /** sh that upgrades everything that is installed. */
  readonly upgradeAll: string;
  readonly install: string;
  readonly refusesRepository: RegExp;
  /** sh that begins to use the package manager for some seconds, and what that is called. */
  readonly user: { readonly begin: string; readonly name: string };
  /** sh that prints the names of what is held, sorted. */
  readonly held: string;
  /** How container-selinux is held: title, sh that does it, sh that undoes it, and what is said. */
  readonly holds: readonly (readonly [title: string, hold: string, release: string, said: RegExp])[];
}

/** What goes wrong with upstream's packages, on one node, and what goes as it should. */
export const faultsByRpm = (side: RpmFaults): void => {
  const index = `/linux/${side.release}/x86_64/stable/repodata/repomd.xml`;
  describe.skipIf(reason !== undefined || !isMatrix)(reason ?? 'on one node', () => {
    let node: LabNode;
    let place: Workplace;
    let upstream: UpstreamRepository;
    let bare: Seen;
    let count = 0;

    interface Seen {
      readonly state: HostState;
      readonly programs: string;
    }
    interface Asked {
      readonly name?: string;
      readonly version?: string;
      readonly acceptLicense?: true;
      readonly repository?: Readonly<Record<string, unknown>>;
    }
    const to = (version: keyof typeof versions): Asked => ({ version: versions[version].slice(0, 6) });
    const inventory = ({ repository = {}, ...asked }: Asked = {}): string => {
      count += 1;
      const ours = { url: upstream.url, fingerprint: upstream.fingerprint, ...repository };
      return place.inventory(`asks-${count}`, {
        host: at(node, { runtime: { source: 'upstream', repository: ours, ...asked }, verify: { sandbox: 'off' } }),
      });
    };
    const apply = (asked: Asked = {}, ...flags: string[]) => place.json(['apply', inventory(asked), '--yes', ...flags]);
    const look = async (): Promise<Seen> => ({ state: await hostState(node), programs: await node.sh(programs) });
    const lost = (before: Seen, after: Seen): readonly string[] => [
      ...stateChanges(before.state, after.state).filter(change => !dockerLeftovers.test(change)),
      ...before.programs
        .split('\n')
        .filter(line => !after.programs.split('\n').includes(line))
        .map(line => `- ${line}`),
      ...after.programs
        .split('\n')
        .filter(line => !before.programs.split('\n').includes(line))
        .map(line => `+ ${line}`),
    ];

    /** The host is as it was, and the message says why. */
    const unchanged = async (run: () => ReturnType<typeof apply>) => {
      const before = await look();
      const answer = await run();
      expect(lost(before, await look())).toEqual([]);
      const { outcome, error } = hostOf(answer, 'host');
      return { code: answer.code, outcome, message: error?.message ?? '' };
    };
    const done = async (asked: Asked, ...flags: string[]) => {
      const answer = await apply(asked, ...flags);
      expect({ code: answer.code, error: hostOf(answer, 'host').error }).toEqual({ code: 0, error: undefined });
      return hostOf(answer, 'host');
    };
    const rollback = async (asked: Asked = {}) => {
      const answer = await place.json(['rollback', inventory(asked), '--yes']);
      expect({ code: answer.code, error: hostOf(answer, 'host').error }).toEqual({ code: 0, error: undefined });
    };

    /** What is on offer by now, told to the host too. */
    const publish = async (signer?: SigningKey): Promise<void> => {
      await upstream.publish(signer);
      await node.sh(`${side.forget}; ${side.read} || true`);
    };

    beforeAll(async () => {
      place = await openWorkplace();
      node = await side.boot();
      upstream = await openRpmUpstream(node);
      await upstream.offer(containerSelinux(), containerdIo(versions.old), containerdIo(versions.now));
      await upstream.offer(...dockerCe('5:28.5.2-1'), ...dockerEe('5:25.0.14-1'), criDockerd(), needsEngine);
      await upstream.publish();
      bare = await look();
    });
    afterAll(async () => {
      await upstream?.close();
      await node?.remove();
      place?.remove();
    });

    describe('before anything is there', () => {
      it('packages that another key has signed are not taken', async () => {
        const other = await makeSigningKey();
        await upstream.publish(other);
        const ended = await unchanged(() => apply()).finally(async () => {
          await other.dispose();
          await upstream.publish();
        });
        expect(ended).toMatchObject({
          ...{ code: 3, outcome: 'reverted' },
          message: expect.stringMatching(/not accepted.*(GPG|sign)/is),
        });
      });

      it('a key that expired is refused before anything is done', async () => {
        const expired = await makeSigningKey({ expired: true });
        upstream.instead.set('/linux/gpg', expired.publicKey);
        const ended = await unchanged(() => apply({ repository: { fingerprint: expired.fingerprint } }));
        upstream.instead.delete('/linux/gpg');
        await expired.dispose();
        expect(ended).toMatchObject({
          ...{ code: 5, outcome: 'unchanged' },
          message: expect.stringMatching(/expired on 2024-01-02/),
        });
      });

      it('a repository that is not there is taken back', async () => {
        upstream.instead.set(index, 404);
        const ended = await unchanged(() => apply());
        upstream.instead.delete(index);
        expect(ended).toMatchObject({
          ...{ code: 3, outcome: 'reverted' },
          message: expect.stringMatching(side.refusesRepository),
        });
      });

      it('no space for packages', async () => {
        await node.sh('mkdir -p /var/lib/nodeprep/runs && mount -t tmpfs -o size=4m tmpfs /var/lib/nodeprep/runs');
        const ended = await unchanged(() => apply());
        await node.sh('umount /var/lib/nodeprep/runs');
        expect(ended.message).toMatch(/there is no space for it: make room in \/var\/lib\/nodeprep/);
        expect([3, 5]).toContain(ended.code);
      });

      it('whoever uses packages is waited for, and named', async () => {
        await node.sh(side.user.begin);
        const answer = await place.run(['apply', inventory(to('old')), '--yes']);
        expect({ ...answer, stdout: '' }).toMatchObject({
          code: 0,
          stderr: expect.stringMatching(
            new RegExp(`waits for the package manager, which ${side.user.name} \\(process \\d+\\) is using`),
          ),
        });
      });
    });

    describe('with a version there', () => {
      it('another one comes and goes without a trace, with a configuration that somebody has edited', async () => {
        await node.sh('echo "# ours" >>/etc/containerd/config.toml');
        const before = await look();
        const started = await startedAt(node, 'containerd');
        await done(to('now'));
        expect(await node.sh('rpm -q containerd.io; tail -n 1 /etc/containerd/config.toml')).toMatch(
          /1\.7\.24.*\n# ours$/,
        );
        expect(await startedAt(node, 'containerd')).not.toBe(started);
        const again = await place.json(['plan', inventory(to('now')), '--detailed-exitcode']);
        expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });
        await rollback();
        expect(await node.sh('rpm -q containerd.io; systemctl is-active containerd')).toMatch(/1\.7\.23.*\nactive$/);
        expect(lost(before, await look())).toEqual([]);
      });

      it('an upgrade of everything, as a timer may make it, leaves it alone', async () => {
        const started = await startedAt(node, 'containerd');
        await node.sh(side.upgradeAll);
        expect(await node.sh('rpm -q containerd.io')).toContain('1.7.23');
        expect(await startedAt(node, 'containerd')).toBe(started);
      });

      // What power loss does to rpm as well: nothing in its place yet, some of it, all of it and not in its database.
      it.each([1, 4, 6])('cut at file %i of another version, nothing of it stays', async file => {
        const before = await look();
        await node.sh('cat >/usr/local/sbin/rpm && chmod 755 /usr/local/sbin/rpm', {
          input: `#!/bin/sh
case " $* " in *' --test '* | *' --justdb '*) exec /usr/bin/rpm "$@" ;; *' -U /'*) ;; *) exec /usr/bin/rpm "$@" ;; esac
rm -f /usr/local/sbin/rpm
exec strace -f -qq -o /dev/null -e trace=rename,renameat,renameat2 -e inject=rename,renameat,renameat2:signal=KILL:when=${file} /usr/bin/rpm "$@"
`,
        });
        const answer = await apply(to('now'));
        expect(await node.sh('ls /usr/local/sbin')).toBe('');
        expect({ code: answer.code, outcome: hostOf(answer, 'host').outcome }).toEqual({
          code: 3,
          outcome: 'reverted',
        });
        expect(lost(before, await look())).toEqual([]);
      });

      it('laid ready before the window, it needs no source in it', async () => {
        const before = await look();
        const staged = await done(to('now'), '--stage');
        expect(staged.staged?.packages.map(({ role, name, version }) => [role, name, version])).toEqual([
          ['new', 'containerd.io', versions.now],
          ['old', 'containerd.io', versions.old],
        ]);
        for (const { sha256 } of staged.staged?.packages ?? []) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(lost(before, await look())).toEqual([]);
        upstream.instead.set(index, 404);
        await node.sh(side.forget);
        await done(to('now'), '--staged');
        expect(await node.sh('rpm -q containerd.io')).toContain('1.7.24');
        await rollback();
        upstream.instead.clear();
        expect(lost(before, await look())).toEqual([]);
      });

      describe('that needs another version of a package beside it', () => {
        beforeAll(async () => {
          await upstream.offer(demanding(), containerSelinux('2:2.240.0-1.el9'));
          await publish();
        });

        it.each(side.holds)('is barred where that is held %s', async (_, hold, release, said) => {
          await node.sh(hold);
          const ended = await unchanged(() => apply(to('demanding')));
          await node.sh(release);
          expect(ended).toMatchObject({ code: 5, outcome: 'unchanged', message: expect.stringMatching(said) });
        });
      });

      it('whose way back is gone takes --allow-irreversible', async () => {
        upstream.withdraw('containerd.io', versions.old);
        await publish();
        const ended = await unchanged(() => apply(to('now')));
        expect(ended).toMatchObject({ code: 5, message: expect.stringMatching(/(can|could) ?not be undone/) });
      });

      it('goes without a trace in the end', async () => {
        await node.sh("sed -i '/^# ours$/d' /etc/containerd/config.toml");
        // By now the first run is in the ledger alone.
        const back = await place.json(['reset', inventory(), '--yes']);
        expect({ code: back.code, error: hostOf(back, 'host').error }).toEqual({ code: 0, error: undefined });
        // rpm leaves directories that no package lists as its own.
        const isFile = (line: string): boolean => !/^\+ \S+$/.test(line);
        expect(lost(bare, await look()).filter(isFile)).toEqual([]);
      });
    });

    describe("one vendor's engine in place of the other's", () => {
      const ee: Asked = { name: 'mirantis', acceptLicense: true };
      const ce: Asked = { name: 'docker' };

      it('is agreed to, keeps what it takes away, and puts it back', async () => {
        await done(ee);
        expect(await node.sh(side.held)).toBe('containerd.io\ncri-dockerd\ndocker-ee\ndocker-ee-cli');
        const before = await look();
        const refused = await apply(ce);
        expect({ code: refused.code, message: hostOf(refused, 'host').error?.message }).toEqual({
          code: 5,
          message: expect.stringMatching(/migration/),
        });
        await done(ce, '--allow-migration');
        expect(await node.sh('rpm -qa --qf "%{NAME}\\n" | grep docker- | sort; systemctl is-active docker')).toBe(
          'docker-ce\ndocker-ce-cli\nactive',
        );
        expect(await node.sh(side.held)).toBe('containerd.io\ncri-dockerd\ndocker-ce\ndocker-ce-cli');
        expect((await place.json(['plan', inventory(ce), '--detailed-exitcode'])).code).toBe(0);
        await rollback();
        expect(await node.sh('systemctl is-active docker cri-docker.socket')).toBe('active\nactive');
        expect(lost(before, await look())).toEqual([]);
      });

      it('is barred by whoever needs what would go', async () => {
        await node.sh(`${side.install} lab-needs`);
        const ended = await unchanged(() => apply(ce, '--allow-migration'));
        expect(ended).toMatchObject({
          ...{ code: 5, outcome: 'unchanged' },
          message: expect.stringMatching(/lab-needs needs docker-ee-cli/),
        });
        await node.sh('rpm -e lab-needs');
      });
    });
  });
};
