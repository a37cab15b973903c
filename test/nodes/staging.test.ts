import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, type LocalRepository, openRepository, requireLab } from '../lab/index.ts';
import { hostOf } from './support/cli.ts';
import { hostState } from './support/host-state.ts';
import { at, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie'));
const newer = '1.7.97';
const stagedDirectory = '/var/lib/nodeprep/staged';

describe.skipIf(reason)(`packages laid ready before the window${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  const inventory = (settings = {}): string =>
    place.inventory(`inventory-${JSON.stringify(settings).length}`, { host: at(node, settings) });
  const apply = (flag: string, settings = {}) => place.json(['apply', inventory(settings), '--yes', flag]);
  const newDebs = `${stagedDirectory}/packages/containerd/new`;
  /** What is not in apt's cache can no longer be had, and by the age of its lists nobody knows what is on offer. */
  const cutMirror = () =>
    node.sh(`apt-get clean
      echo 'Acquire::http::Proxy "http://127.0.0.1:9";' >/etc/apt/apt.conf.d/99-cut
      touch -d '3 days ago' /var/lib/apt/lists/partial /var/lib/apt/lists
      rm -f /srv/lab-repository/*.deb
      ! apt-get install -d -y containerd >/dev/null 2>&1`);

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie' });
  });
  afterAll(async () => {
    await node?.remove();
    place?.remove();
  });

  it('are asked for first', async () => {
    const { code, run } = await apply('--staged');
    expect(code).toBe(5);
    expect(run.hosts[0]).toMatchObject({
      ...{ state: 'refused', outcome: 'unchanged' },
      error: { code: 'guard-mismatch', message: 'nothing is staged on this host' },
    });
  });

  it('change nothing else', async () => {
    const before = await hostState(node);
    const staged = await apply('--stage');
    expect(staged.code).toBe(0);
    const host = hostOf(staged, 'host');
    expect(host).toMatchObject({ state: 'ok', outcome: 'unchanged' });
    expect(new Set(host.changes.map(({ status }) => status))).toEqual(new Set(['not-run']));
    const names = host.staged?.packages.map(({ role, name }) => `${role} ${name}`);
    expect(names).toEqual(expect.arrayContaining(['new containerd', 'new runc']));
    for (const { sha256 } of host.staged?.packages ?? []) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await hostState(node)).toEqual(before);
    expect(await node.sh(`stat -c %a /var/lib/nodeprep ${stagedDirectory}; ls /var/lib/nodeprep`)).toBe(
      '700\n700\nledger\nlock.guard\nruns\nstaged',
    );
  });

  it('are refused where one was altered or is gone', async () => {
    const before = await hostState(node);
    const deb = await node.sh(`ls ${newDebs}/runc_*.deb`);
    // apt itself compares sizes only.
    await node.sh(`cp ${deb} /root/runc.deb; printf x | dd of=${deb} bs=1 seek=2000 conv=notrunc 2>/dev/null`);
    const altered = await apply('--staged');
    expect(altered.code).toBe(5);
    expect(altered.run.hosts[0]).toMatchObject({
      ...{ state: 'refused', outcome: 'unchanged' },
      error: { code: 'guard-mismatch', message: expect.stringMatching(/has changed since: .*runc_/) },
    });
    await node.sh(`rm ${deb}`);
    const gone = await apply('--staged');
    expect(gone.run.hosts[0]).toMatchObject({
      error: { code: 'guard-mismatch', message: 'staged packages are gone: runc' },
    });
    await node.sh(`mv /root/runc.deb ${deb}`);
    expect(await hostState(node)).toEqual(before);
  });

  it('are refused where the plan is another by now', async () => {
    await node.sh('echo "net.ipv4.ip_forward = 0" >/etc/sysctl.d/99-zz-nodeprep.conf');
    const changed = await apply('--staged');
    expect(changed.code).toBe(5);
    expect(changed.run.hosts[0]).toMatchObject({
      state: 'refused',
      error: { code: 'guard-mismatch', message: expect.stringMatching(/since it was staged: .*99-zz-nodeprep\.conf/) },
    });
    await node.sh('rm /etc/sysctl.d/99-zz-nodeprep.conf');
    const other = await apply('--staged', { runtime: { version: '1.7' } });
    expect(other.run.hosts[0]).toMatchObject({
      error: { code: 'guard-mismatch', message: expect.stringContaining('another inventory') },
    });
  });

  it('are all that is needed in the window', async () => {
    await cutMirror();
    const { code, run } = await apply('--staged');
    expect(run.hosts[0]?.error).toBeUndefined();
    expect({ code, outcome: run.hosts[0]?.outcome }).toEqual({ code: 0, outcome: 'changed' });
    expect(run.hosts[0]?.runtime?.version).toMatch(/^1\.7\.24/);
    expect(await node.sh('apt-mark showauto runc containerd; ls /var/lib/nodeprep')).toBe(
      'runc\nholds\nledger\nlock.guard\nruns',
    );
  });

  it('are not needed where nothing is to change', async () => {
    const { code, stdout } = await place.run(['apply', inventory(), '--yes', '--stage']);
    expect(code).toBe(0);
    expect(stdout).toContain('nothing to stage');
    expect((await apply('--staged')).code).toBe(0);
  });

  describe('for another version', () => {
    let repository: LocalRepository;
    const asking = { runtime: { version: newer } };

    beforeAll(async () => {
      await node.sh('rm /etc/apt/apt.conf.d/99-cut');
      repository = await openRepository(node);
      await repository.repack(
        'containerd',
        newer,
        `sed -i 's/1\\.7\\.24~ds1/${newer}~ds1/g' usr/bin/containerd && usr/bin/containerd --version | grep -q ${newer}`,
      );
      await repository.publish();
    });

    it('hold the way back too', async () => {
      const before = await hostState(node);
      const staged = await apply('--stage', asking);
      expect(hostOf(staged, 'host').error).toBeUndefined();
      expect(hostOf(staged, 'host').staged?.packages.map(({ role, name, version }) => [role, name, version])).toEqual([
        ['new', 'containerd', newer],
        ['old', 'containerd', expect.stringMatching(/^1\.7\.24/)],
      ]);
      expect(await hostState(node)).toEqual(before);
      await cutMirror();
      const upgraded = await apply('--staged', asking);
      expect(hostOf(upgraded, 'host').error).toBeUndefined();
      expect(hostOf(upgraded, 'host').runtime?.version).toMatch(/^1\.7\.97/);
      const back = await place.json(['rollback', inventory(asking), '--yes']);
      expect(hostOf(back, 'host').runtime?.version).toMatch(/^1\.7\.24/);
      expect(await hostState(node)).toEqual({ ...before, files: expect.any(String), content: expect.any(String) });
    });
  });
});
