import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ArchiveServer,
  cniArchive,
  containerdArchive,
  criDockerdArchive,
  type LabArchive,
  openArchiveServer,
  runcArchive,
} from '../lab/archives.ts';
import { baseProblem, bootNode, importPause, type LabNode, preparePods, requireLab } from '../lab/index.ts';
import {
  containerdIo2,
  criDockerd,
  crioProblem,
  openUpstream,
  type UpstreamPackage,
  type UpstreamRepository,
} from '../lab/upstream/index.ts';
import { hostOf } from './support/cli.ts';
import { dockerLeftovers } from './support/docker-leftovers.ts';
import { letGo, mustReach, pointsPassed, stopAt } from './support/host-points.ts';
import { type HostState, hostState, stateChanges } from './support/host-state.ts';
import { repositoryOf } from './support/repository-wish.ts';
import { trustUpstream } from './support/trust-upstream.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const isMatrix = process.env.NODEPREP_MATRIX === '1';
const reason = isMatrix
  ? (requireLab() ?? (await baseProblem('trixie')) ?? (await crioProblem()))
  : 'part of npm run test:matrix';
const pause = 'registry.k8s.io/pause:3.10.1';
type Fetched = Readonly<Record<string, { readonly url: string; readonly sha256: string }>>;

/** What comes from an archive first, and from a package then. */
interface Moved {
  readonly label: string;
  readonly unit: string;
  /** Of the archive, and of the package. */
  readonly programs: readonly [string, string];
  readonly packageName: string;
  readonly package: UpstreamPackage;
  /** The one that holds the daemon. */
  readonly component: string;
  readonly boot?: Parameters<typeof bootNode>[0];
  /** What its administrator has done to the node. */
  readonly prepare?: (node: LabNode, upstream: UpstreamRepository) => Promise<void>;
  readonly archives: (node: LabNode) => Promise<Readonly<Record<string, LabArchive>>>;
  /** `runtime` of the inventory. */
  readonly archived: (archives: Fetched) => object;
  readonly packaged: (upstream: UpstreamRepository) => object;
  /** A file of somebody else's, or a line in one, that stays: sh that writes it, shows it and takes it away. */
  readonly site: { readonly write: string; readonly show: string; readonly remove: string };
  /** What a rollback or a reset does not know of. */
  readonly isLeft?: (change: string) => boolean;
}

const fileOf = (path: string, text: string): Moved['site'] => ({
  write: `mkdir -p ${path.replace(/\/[^/]*$/, '')}; printf '${text}' >${path}`,
  show: `cat ${path}`,
  remove: `rm ${path}; rmdir ${path.replace(/\/[^/]*$/, '')} 2>/dev/null || true`,
});

const cases: readonly Moved[] = [
  {
    ...{ label: 'containerd', unit: 'containerd', component: 'containerd', packageName: 'containerd.io' },
    programs: ['/usr/local/bin/containerd', '/usr/bin/containerd'],
    package: containerdIo2(),
    archives: async node => ({ containerd: await containerdArchive(), runc: await runcArchive(node) }),
    archived: archives => ({ source: 'archive', archives }),
    packaged: upstream => ({ source: 'upstream', repository: repositoryOf(upstream) }),
    site: {
      write: 'echo "# ours" >>/etc/containerd/config.toml',
      show: 'tail -n 1 /etc/containerd/config.toml',
      remove: 'sed -i "/^# ours$/d" /etc/containerd/config.toml',
    },
  },
  {
    ...{ label: 'cri-dockerd', unit: 'cri-docker', component: 'criDockerd', packageName: 'cri-dockerd' },
    programs: ['/usr/local/bin/cri-dockerd', '/usr/bin/cri-dockerd'],
    package: criDockerd(),
    boot: { suite: 'trixie', cgroup: 'v1', packages: ['containernetworking-plugins', 'docker-cli'] },
    prepare: async (node, upstream) => {
      await preparePods(node);
      await trustUpstream(node, upstream);
    },
    archives: async () => ({ criDockerd: await criDockerdArchive() }),
    archived: archives => ({ name: 'docker', archives }),
    packaged: () => ({ name: 'docker' }),
    site: fileOf('/etc/systemd/system/cri-docker.service.d/50-site.conf', '# ours\\n[Service]\\nEnvironment=SITE=1\\n'),
    isLeft: change => dockerLeftovers.test(change),
  },
];

describe.skipIf(reason).each(cases.map(moved => [moved.label, moved] as const))(
  `a package in place of the archive of %s${reason ? ` (${reason})` : ''}`,
  (_, moved) => {
    const { unit, programs, site } = moved;
    type Seen = HostState & { readonly trees: string };
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
        await node.sh(`find /usr/local /usr/libexec /opt /var/lib/nodeprep/archives -printf '%p %y %m %U %G %l\\n' 2>/dev/null | sort
      find /usr/local /usr/libexec /opt -type f -exec sha256sum {} + | sort -k 2`),
    });
    const run = (command: string, file: string, ...flags: readonly string[]) =>
      place.json([command, file, ...(command === 'plan' ? ['--detailed-exitcode'] : ['--yes']), ...flags]);
    const fine = async (...args: Parameters<typeof run>) => {
      const answer = await run(...args);
      expect({ code: answer.code, error: hostOf(answer, 'host').error }).toEqual({ code: 0, error: undefined });
      return hostOf(answer, 'host');
    };
    const changedSince = async (then: Seen): Promise<readonly string[]> =>
      stateChanges(then, await state()).filter(change => moved.isLeft?.(change) !== true);
    const serving = () => node.sh(`readlink /proc/"$(systemctl show -P MainPID ${unit})"/exe`);
    const isAsBefore = async (): Promise<void> => {
      expect(await changedSince(before)).toEqual([]);
      expect(await serving()).toBe(programs[0]);
    };

    beforeAll(async () => {
      place = await openWorkplace();
      node = await bootNode(moved.boot ?? { suite: 'trixie' });
      const archives = { ...(await moved.archives(node)), cniPlugins: await cniArchive(node) };
      const opened = await openArchiveServer(Object.values(archives));
      server = opened;
      upstream = await openUpstream(node);
      await upstream.offer(moved.package);
      await upstream.publish();
      const fetched = Object.fromEntries(
        Object.entries(archives).map(([name, archive]) => [name, { url: opened.url(archive), sha256: archive.sha256 }]),
      );
      const verify = { sandbox: 'off' };
      archived = place.inventory('archived', { host: at(node, { runtime: moved.archived(fetched), verify }) });
      packaged = place.inventory('packaged', { host: at(node, { runtime: moved.packaged(upstream), verify }) });
      // The first boot leaves units active that no later one starts.
      await node.kill();
      await node.start();
      await moved.prepare?.(node, upstream);
      bare = await state();
      await fine('apply', archived);
      if (moved.component === 'containerd') await importPause(node, [pause]);
      await node.sh(site.write);
      await node.sh('systemctl daemon-reload');
      await fine('apply', archived);
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
        error: { code: 'migration', message: expect.stringContaining(' of its archive is on this host') },
      });
      await isAsBefore();
    });

    it('comes, with configuration and images as they were; and goes back exactly', async () => {
      const kept = await node.sh(site.show);
      const applied = await fine('apply', packaged, '--allow-migration');
      expect(applied).toMatchObject({ outcome: 'changed', runtime: { cgroupDriver: 'systemd' } });
      expect(await serving()).toBe(programs[1]);
      expect(await node.sh(`systemctl is-enabled ${unit}; systemctl show -P FragmentPath ${unit}`)).toBe(
        `enabled\n/usr/lib/systemd/system/${unit}.service`,
      );
      expect(await node.sh('find /usr/local -type f; ls /var/lib/nodeprep/archives /opt/cni/bin')).toBe(
        '/opt/cni/bin:\nhost-local\nloopback\n\n/var/lib/nodeprep/archives:\ncniPlugins',
      );
      expect(await node.sh(site.show)).toBe(kept);
      if (moved.component === 'containerd') expect(await node.sh('ctr -n k8s.io image ls -q')).toContain(pause);
      expect((await fine('plan', packaged)).changes).toEqual([]);
      await fine('rollback', packaged);
      await isAsBefore();
    });

    it('power lost while its files go: recover puts all of them back', async () => {
      await stopAt(node, 1_000_000, 'kill');
      await fine('apply', packaged, '--allow-migration');
      const said = await node.sh('cd /var/lib/nodeprep/runs; cat "$(ls | tail -n 1)"/rounds/*/manifest.json');
      const step = new RegExp(`"step":"(\\d+-\\d+)","change":\\{"id":"archive-removal:${moved.component}"`).exec(
        said,
      )?.[1];
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
      await node.sh(site.remove);
      await fine('reset', packaged);
      expect(await changedSince(bare)).toEqual([]);
    });

    it('the other way is refused, and works as the refusal says', async () => {
      await fine('apply', packaged);
      const then = await state();
      const refused = await run('apply', archived, '--allow-migration');
      const { message = '', hint = '' } = hostOf(refused, 'host').error ?? {};
      expect(refused.code).toBe(5);
      expect(message).toMatch(
        new RegExp(`^package ${moved.packageName} \\S+ is installed, and the inventory asks for .* from archives?:`),
      );
      expect(await changedSince(then)).toEqual([]);
      const typed =
        /^Keep it .*; or drain the node, .*\((systemctl disable .* apt-get remove .*)\), then plan again\.$/.exec(
          hint,
        )?.[1];
      expect({ hint, typed }).toEqual({ hint, typed: expect.any(String) });
      await node.sh(`${typed} --yes --allow-change-held-packages`);
      await fine('apply', archived);
      expect(await serving()).toBe(programs[0]);
      expect((await fine('plan', archived)).changes).toEqual([]);
    });
  },
);
