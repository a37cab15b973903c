import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ArchiveServer,
  cniArchive,
  containerdArchive,
  type LabArchive,
  leanRuncArchive,
  openArchiveServer,
  otherContainerdArchive,
  runcArchive,
} from '../lab/archives.ts';
import { baseProblem, bootNode, importPause, type LabNode, requireLab } from '../lab/index.ts';
import { goProblem } from '../lab/tools.ts';
import { hostOf } from './support/cli.ts';
import { type HostState, hostState, startedAt } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie')) ?? (await goProblem());

describe.skipIf(reason)(`containerd from archives${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let server: ArchiveServer;
  let containerd: LabArchive;
  let runc: LabArchive;
  let cni: LabArchive;

  interface Wish {
    readonly containerd?: object;
    readonly runc?: object;
    readonly version?: string;
  }
  const fetched = (archive: LabArchive, way?: 'cut') => ({ url: server.url(archive, way), sha256: archive.sha256 });
  const pushed = ({ file, sha256 }: LabArchive) => ({ file, sha256 });
  let count = 0;
  const asking = ({ version, ...wish }: Wish = {}): string => {
    const archives = { containerd: fetched(containerd), runc: fetched(runc), cniPlugins: fetched(cni), ...wish };
    count += 1;
    const runtime = { source: 'archive', archives, ...(version === undefined ? {} : { version }) };
    return place.inventory(`archives-${count}`, { host: at(node, { runtime }) });
  };
  const apply = (wish?: Wish, ...flags: string[]) => place.json(['apply', asking(wish), '--yes', ...flags]);
  const plan = (wish?: Wish) => place.json(['plan', asking(wish), '--detailed-exitcode']);
  const rollback = () => place.json(['rollback', asking(), '--yes']);
  /** With the trees that archives go to, and what is kept about them. */
  const state = async (): Promise<HostState & { readonly trees: string }> => ({
    ...(await hostState(node)),
    trees:
      await node.sh(`find /usr/local /opt /var/lib/nodeprep/archives /var/lib/nodeprep/incoming -printf '%p %y %m %U %G %l\\n' 2>/dev/null | sort
      find /usr/local /opt -type f -exec sha256sum {} + | sort -k 2`),
  });

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie' });
    containerd = await containerdArchive();
    runc = await runcArchive(node);
    cni = await cniArchive(node);
    server = await openArchiveServer([containerd, runc, cni]);
  });
  afterAll(async () => {
    server?.close();
    await node?.remove();
    place?.remove();
  });

  const isMatrix = process.env.NODEPREP_MATRIX === '1';
  const mistakes: readonly (readonly [string, () => object, RegExp])[] = [
    ['another sum', () => ({ url: server.url(runc), sha256: 'f'.repeat(64) }), /has sha256 .*the inventory says f{64}/],
    ['half of it', () => fetched(runc, 'cut'), /cannot be fetched from .*\/cut\/.*ended after \d+ of \d+ bytes/],
    ['no such file', () => ({ ...fetched(runc), url: `${server.url(runc)}.gone` }), /404/],
    ['nobody there', () => ({ ...fetched(runc), url: 'http://127.0.0.1:9/runc' }), /cannot be fetched from .*refused/],
  ];
  it.each(isMatrix ? mistakes : mistakes.slice(0, 1))(
    'is not installed where the server gives %s',
    async (_what, archive, said) => {
      const before = await state();
      const { code, run } = await apply({ runc: archive() });
      expect(run.hosts[0]).toMatchObject({ error: { code: 'step-failed', message: expect.stringMatching(said) } });
      expect(code).toBe(3);
      expect(await state()).toEqual(before);
    },
  );

  it('is not installed where there is no space for it', async () => {
    await node.sh('mkdir -p /opt/cni && mount -t tmpfs -o size=6m tmpfs /opt/cni');
    const before = await state();
    const { code, run } = await apply();
    expect(run.hosts[0]?.error?.message).toMatch(
      /no space for cniPlugins: \d+ MiB are needed and \/opt\/cni has \d MiB free/,
    );
    expect(code).toBe(3);
    expect(await state()).toEqual(before);
    await node.sh('umount /opt/cni && rmdir /opt/cni');
  });

  it('comes from a server, answers over CRI, and goes without a trace', async () => {
    const before = await state();
    const applied = await apply();
    expect(hostOf(applied, 'host').error).toBeUndefined();
    expect(applied.code).toBe(0);
    expect(hostOf(applied, 'host').runtime).toMatchObject({
      name: 'containerd',
      version: expect.stringMatching(/^v?2\.2\.0/),
      cgroupDriver: 'systemd',
      cgroupDriverFrom: 'RuntimeConfig',
    });
    expect(await node.sh('systemctl is-enabled containerd; systemctl is-active containerd')).toBe('enabled\nactive');
    expect(await node.sh('ls /opt/cni/bin; stat -c "%a %U" /usr/local/sbin/runc')).toBe(
      'host-local\nloopback\n755 root',
    );
    expect(await node.sh('ls -a /usr/local/bin | grep nodeprep; ls /var/lib/nodeprep')).toBe(
      'archives\nledger\nlock.guard\nruns',
    );

    const again = await plan();
    expect({ code: again.code, changes: hostOf(again, 'host').changes }).toEqual({ code: 0, changes: [] });

    const back = await rollback();
    expect(back.code).toBe(0);
    expect(await state()).toEqual(before);
  });

  it('comes over the connection, once, and is mended where somebody changed it', async () => {
    const wish = { containerd: pushed(containerd), runc: pushed(runc) };
    const asked = server.requests.length;
    const applied = await apply(wish);
    expect(hostOf(applied, 'host').error).toBeUndefined();
    expect(applied.code).toBe(0);
    expect(server.requests.slice(asked)).toEqual([expect.stringContaining('cni')]);
    const started = await startedAt(node, 'containerd');

    await node.sh('echo other >/usr/local/sbin/runc');
    const drifted = await plan(wish);
    expect(hostOf(drifted, 'host').changes).toMatchObject([
      {
        kind: 'archive',
        target: 'runc',
        disruption: 'none',
        summary: expect.stringContaining('changed since it was installed'),
      },
    ]);
    const mended = await apply(wish);
    expect(mended.code).toBe(0);
    expect(await node.sh('sha256sum </usr/local/sbin/runc')).toContain(runc.sha256);
    expect(await startedAt(node, 'containerd')).toBe(started);
    expect((await plan(wish)).code).toBe(0);
  });

  describe.runIf(isMatrix)('and more', () => {
    it('gives way to another version in one restart, and comes back', async () => {
      const other = await otherContainerdArchive();
      const wish = { containerd: pushed(other), runc: pushed(runc) };
      const before = await state();
      const started = await startedAt(node, 'containerd');
      const planned = await plan(wish);
      expect(hostOf(planned, 'host').changes[0]).toMatchObject({
        target: 'containerd',
        disruption: 'restart',
        phase: 'switch',
      });
      const applied = await apply(wish);
      expect(hostOf(applied, 'host').error).toBeUndefined();
      expect(hostOf(applied, 'host').runtime?.version).toMatch(/^v?2\.2\.9/);
      expect(await startedAt(node, 'containerd')).not.toBe(started);
      expect((await plan(wish)).code).toBe(0);
      const back = await rollback();
      expect(back.code).toBe(0);
      expect(hostOf(back, 'host').runtime?.version).toMatch(/^v?2\.2\.0/);
      expect(await state()).toEqual(before);
    });

    it('is not what the inventory says it is', async () => {
      const { code, run } = await plan({ version: '2.1' });
      expect(run.hosts[0]?.error?.message).toContain('the archive of containerd is version 2.2.0');
      expect(code).toBe(5);
    });

    it('is refused where the package of the distribution is', async () => {
      const packaged = await bootNode({ suite: 'trixie', packages: ['containerd', 'containernetworking-plugins'] });
      try {
        const archives = { containerd: fetched(containerd), runc: fetched(runc) };
        const inventory = place.inventory('packaged', {
          host: at(packaged, { runtime: { source: 'archive', archives } }),
        });
        const { code, run } = await place.json(['plan', inventory]);
        expect(run.hosts[0]?.error?.message).toMatch(/package containerd 1\.7\S* is installed/);
        expect(code).toBe(5);
      } finally {
        await packaged.remove();
      }
    });

    it('runs sandboxes, and containers do not notice another version', async () => {
      const pause = 'registry.k8s.io/pause:3.10.1';
      const pods = await bootNode({ suite: 'trixie', cgroup: 'v1' });
      const task = () => pods.sh('ctr -n k8s.io task ls | grep still');
      try {
        const lean = pushed(await leanRuncArchive(pods));
        const from = (archive: LabArchive, sandbox: string) =>
          place.inventory(`pods-${sandbox}`, {
            host: at(pods, {
              runtime: { source: 'archive', archives: { containerd: pushed(archive), runc: lean } },
              verify: { sandbox },
            }),
          });
        const first = from(containerd, 'off');
        expect((await place.json(['apply', first, '--yes'])).code).toBe(0);
        await importPause(pods, [pause]);
        await pods.sh(`ctr -n k8s.io run -d ${pause} still`);
        const before = await task();
        const other = from(await otherContainerdArchive(), 'required');
        const applied = await place.json(['apply', other, '--yes']);
        expect(hostOf(applied, 'host').error).toBeUndefined();
        expect(hostOf(applied, 'host').runtime).toMatchObject({
          version: expect.stringMatching(/^v?2\.2\.9/),
          cgroupDriver: 'systemd',
          sandbox: 'ran',
        });
        expect(await task()).toBe(before);
        expect((await place.json(['rollback', other, '--yes'])).code).toBe(0);
        expect(await pods.sh('containerd --version')).toContain('2.2.0');
        expect(await task()).toBe(before);
      } finally {
        await pods.remove();
      }
    });

    it('keeps a configuration that was there before it', async () => {
      const other = await bootNode({ suite: 'trixie' });
      const foreign =
        '# mine\r\ndisabled_plugins = ["cri", "io.containerd.internal.v1.opt"]\r\n[grpc]\r\n  max_recv_message_size = 16777217\r\n';
      try {
        await other.sh('mkdir -p /etc/containerd && cat >/etc/containerd/config.toml', { input: foreign });
        const before = await hostState(other);
        const archives = { containerd: pushed(containerd), runc: pushed(runc) };
        const inventory = place.inventory('foreign', { host: at(other, { runtime: { source: 'archive', archives } }) });
        const applied = await place.json(['apply', inventory, '--yes']);
        expect(hostOf(applied, 'host').error).toBeUndefined();
        expect(hostOf(applied, 'host').runtime?.cgroupDriver).toBe('systemd');
        expect(await other.sh('cat /etc/containerd/config.toml')).toMatch(
          /^# mine\r\n[\s\S]*max_recv_message_size = 16777217\r\n/,
        );
        expect((await place.json(['plan', inventory, '--detailed-exitcode'])).code).toBe(0);
        expect((await place.json(['rollback', inventory, '--yes'])).code).toBe(0);
        expect(await hostState(other)).toEqual(before);
      } finally {
        await other.remove();
      }
    });

    it('can be staged, and used in the window', async () => {
      const inventory = asking({ containerd: pushed(await otherContainerdArchive()), runc: pushed(runc) });
      const before = await state();
      expect((await place.json(['apply', inventory, '--stage', '--yes'])).code).toBe(0);
      expect(await state()).toEqual(before);
      const applied = await place.json(['apply', inventory, '--staged', '--yes']);
      expect(hostOf(applied, 'host').error).toBeUndefined();
      expect(hostOf(applied, 'host').runtime?.version).toMatch(/^v?2\.2\.9/);
      expect((await rollback()).code).toBe(0);
      expect(await state()).toEqual(before);
    });
  });
});
